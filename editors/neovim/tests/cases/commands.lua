-- Every command, as it is typed.

local Child = require('child')
local project = require('project')
local suite = require('suite')
local case, equal, truthy, contains = suite.case, suite.equal, suite.truthy, suite.contains

---@return Child
local function ready()
  local child = Child.shared()
  child:edit('src/retry.py')
  child:synced()
  return child
end

case('search to the quickfix list', function()
  local child = ready()
  child:command('Codetriever! search try again when sending fails')
  local list = child:wait([[(function()
    local all = vim.fn.getqflist({ items = 0, title = 0 })
    return #all.items > 0 and all
  end)()]])
  equal(list.title, 'Search code: try again when sending fails')
  equal(list.items[1].lnum, 12)
  contains(list.items[1].text, 'Retrier.send')
  truthy(child:lua('return vim.bo.buftype == "quickfix"'), 'the list is open')
end)

case('search without a query asks for one', function()
  local child = ready()
  child:lua('vim.ui.input = function(_, done) done("expire old sessions") end')
  child:command('Codetriever search ++quickfix')
  child:wait('vim.fn.getqflist()[1] and vim.fn.getqflist()[1].text:find("expire_sessions")')
end)

case('similar of a range', function()
  local child = ready()
  child:command('12,19Codetriever similar ++quickfix')
  local list = child:wait('#vim.fn.getqflist() > 0 and vim.fn.getqflist()')
  local places = vim.tbl_map(function(item)
    return ('%s:%d'):format(vim.fs.basename(child:lua('return vim.fn.bufname(...)', item.bufnr)), item.lnum)
  end, list)
  truthy(vim.list_contains(vim.list_slice(places, 1, 3), 'backoff.go:6'), vim.inspect(places))
  truthy(not vim.list_contains(places, 'retry.py:12'), 'the range itself is no hit')
end)

case('similar of the line of the cursor, narrowed', function()
  local child = ready()
  child:command('14')
  child:command('Codetriever similar lang:go ++quickfix')
  local list = child:wait('#vim.fn.getqflist() > 0 and vim.fn.getqflist()')
  for _, item in ipairs(list) do
    contains(child:lua('return vim.fn.bufname(...)', item.bufnr), '.go')
  end
end)

case('similar in a buffer that is no file', function()
  local child = ready()
  child:command('enew')
  child:command('Codetriever similar')
  child:told('similar code can be found for files only')
end)

case('similar as the code action', function()
  local child = ready()
  child:lua('vim.g.codetriever = { picker = "select" }')
  child:lua([[vim.ui.select = function(items, opts, done)
    if opts.kind == 'codetriever' then _G.offered = items else done(items[1], 1) end
  end]])
  child:lua([[vim.lsp.buf.code_action({
    range = { start = { 12, 0 }, ['end'] = { 19, 40 } },
    filter = function(action) return action.title == 'Find similar code' end,
    apply = true,
  })]])
  local offered = child:wait('_G.offered')
  child:lua('vim.g.codetriever = nil')
  local near = vim.list_slice(offered, 1, 3)
  truthy(
    vim.iter(near):any(function(item)
      return vim.fs.basename(item.path) == 'backoff.go'
    end),
    vim.inspect(near)
  )
end)

case('symbols', function()
  local child = ready()
  child:command('Codetriever symbols ++quickfix RWB')
  local list = child:wait('#vim.fn.getqflist() > 0 and vim.fn.getqflist()')
  contains(list[1].text, 'RetryWithBackoff')
  equal({ list[1].lnum, list[1].col > 0 }, { 6, true })
end)

case('status', function()
  local child = ready()
  child:command('Codetriever status')
  child:wait('vim.bo.filetype == "codetriever"')
  local text = child:lua('return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), "\\n")')
  for _, part in ipairs({ 'ready', '37 files', 'python', 'static%-code', 'watching', 'memory' }) do
    truthy(text:find(part), ('no %s in %s'):format(part, text))
  end
  child:keys('q')
  child:wait('vim.bo.filetype ~= "codetriever"')
end)

case('reindex', function()
  local child = ready()
  child:command('Codetriever reindex')
  child:told('every file is being compared with the index')
  child:command('Codetriever! reindex')
  child:told('every file is being indexed anew')
  child:synced()
end)

case('log', function()
  local child = ready()
  child:command('Codetriever log')
  child:wait('vim.fs.basename(vim.api.nvim_buf_get_name(0)):find("^engine.*log$")')
  truthy(child:lua('return vim.bo.readonly'), 'the log is read only')
end)

case('a wrong command is told in one line', function()
  local child = ready()
  child:command('Codetriever nonsense')
  child:told('nonsense is no command; there are search')
  child:command('Codetriever search ++nowhere x')
  child:told('++nowhere is no place for hits')
end)

case('an error of the server is told in one line', function()
  local child = ready()
  child:lua('require("codetriever").search({ query = "x", to = "quickfix", limit = 1000 })')
  child:told('codetriever: limit must be from 1 to 100')
  truthy(not child:messages():find('stack traceback', 1, true), child:messages())
end)

case('search starts the server where no file is open', function()
  local child = Child.start()
  child:command('Codetriever! search expire sessions')
  child:wait('#vim.fn.getqflist() > 0')
  equal(child:lua('return vim.lsp.get_clients()[1].root_dir'), project.root)
  child:stop()
end)

case('outside of a project it is told', function()
  local child = Child.start({ cwd = vim.env.HOME })
  child:command('Codetriever! search anything')
  child:told('no project here')
  child:stop()
end)

case('plug map searches for the word', function()
  local child = ready()
  child:command('12')
  child:lua('vim.keymap.set("n", "<Space>w", "<Plug>(codetriever-search-word)")')
  child:keys('0fs<Space>w')
  child:wait(
    'require("codetriever.ui.session").current() and require("codetriever.ui.session").current():typed() == "send"'
  )
end)
