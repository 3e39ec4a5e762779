-- The adapters, each with a module that stands in for the picker. They keep the server's order.

local Child = require('child')
local project = require('project')
local suite = require('suite')
local case, equal, truthy, contains = suite.case, suite.equal, suite.truthy, suite.contains

local QUERY = 'retry sending with pauses'

---@param picker string
---@return Child
---@return string[] expected paths in the server's order
local function ready(picker)
  local child = Child.start({ options = { picker = picker }, env = { CODETRIEVER_TEST_STANDINS = '1' } })
  child:edit('src/retry.py')
  child:synced()
  local hits = child:ask('codetriever/search', { query = QUERY, limit = 30 }).hits
  local expected = vim.tbl_map(function(hit)
    return vim.uri_to_fname(hit.uri)
  end, hits)
  truthy(#expected > 3, 'there are some')
  return child, expected
end

case('telescope', function()
  local child, expected = ready('telescope')
  child:command('Codetriever search ' .. QUERY)
  child:wait('_G.shown.complete')
  equal(child:lua('return vim.tbl_map(function(entry) return entry.filename end, _G.shown.entries)'), expected)
  equal(
    child:lua('return { _G.shown.sorter, _G.shown.typed, _G.shown.entries[1].index }'),
    { 'keeps the order', QUERY, 1 }
  )
  child:lua('_G.shown.type("expire sessions")')
  child:wait('_G.shown.complete')
  equal(child:lua('return _G.shown.entries[1].lnum'), 4)
  child:lua('require("telescope._extensions.codetriever").exports.symbols({ default_text = "Retrier" })')
  child:wait('_G.shown.complete and _G.shown.title == "Symbols"')
  equal(child:lua('return _G.shown.entries[1].value.name'), 'Retrier')
  child:stop()
end)

case('fzf-lua', function()
  local child, expected = ready('fzf_lua')
  child:command('Codetriever search ' .. QUERY)
  child:wait('_G.shown.complete')
  local paths = vim.tbl_map(function(line)
    return vim.fs.joinpath(project.root, line:match('^(.-):%d+:%d+: '))
  end, child:lua('return _G.shown.lines'))
  equal(paths, expected)
  equal(child:lua('return { _G.shown.opts.fzf_opts["--no-sort"], _G.shown.opts.query }'), { true, QUERY })
  child:stop()
end)

case('snacks', function()
  local child, expected = ready('snacks')
  child:command('Codetriever search ' .. QUERY)
  child:wait('_G.shown.complete')
  equal(child:lua('return vim.tbl_map(function(item) return item.file end, _G.shown.items)'), expected)
  equal(child:lua('return _G.shown.opts.sort.fields'), { 'idx' })
  truthy(child:lua('return _G.shown.items[1].line'):find('[%w/]+%.%a+:%d+'), 'path and line')
  child:stop()
end)

case('mini.pick', function()
  local child, expected = ready('mini_pick')
  vim.rpcnotify(child.channel, 'nvim_command', 'Codetriever search ' .. QUERY)
  child:wait('_G.shown and _G.shown.items and #_G.shown.items > 0')
  equal(child:lua('return vim.tbl_map(function(item) return item.path end, _G.shown.items)'), expected)
  equal(child:lua('return { _G.shown.opts.do_match, _G.shown.typed }'), { false, QUERY })
  child:lua('_G.quit = true')
  child:stop()
end)

case('vim.ui.select', function()
  local child, expected = ready('select')
  child:lua([[vim.ui.select = function(items, opts, done)
    _G.shown = vim.tbl_map(function(item) return item.path end, items)
    _G.line = opts.format_item(items[1])
    done(items[1], 1)
  end]])
  child:command('Codetriever search ' .. QUERY)
  child:wait('_G.shown')
  equal(child:lua('return _G.shown'), expected)
  contains(child:lua('return _G.line'), vim.fs.basename(expected[1]) .. ':')
  equal(child:lua('return vim.api.nvim_buf_get_name(0)'), expected[1])
  child:stop()
end)

case('a picker that is not there', function()
  local child = Child.shared()
  child:edit('src/retry.py')
  child:lua('package.loaded.telescope = nil')
  child:command('Codetriever search ++telescope retry')
  child:told('the picker telescope is not there')
  child:wait('require("codetriever.ui.session").current() ~= nil')
end)
