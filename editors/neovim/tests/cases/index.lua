-- Changes become searchable, and the state of the index is told.

local Child = require('child')
local project = require('project')
local suite = require('suite')
local case, equal, truthy, contains = suite.case, suite.equal, suite.truthy, suite.contains

---@param child Child
---@param query string
local function names(child, query)
  return vim.tbl_map(function(hit)
    return hit.symbol and hit.symbol.name or ''
  end, child:ask('codetriever/search', { query = query, limit = 5 }).hits)
end

case('a save becomes searchable', function()
  local child = Child.shared()
  project.write('src/saved.py', 'def before():\n    return 1\n')
  child:edit('src/saved.py')
  child:synced()
  child:lua(
    [[vim.api.nvim_buf_set_lines(0, 0, -1, false, {
    'def measure_humidity(sensor):', '    """Read the humidity of the greenhouse."""', '    return sensor.read()' })]]
  )
  child:command('write')
  child:synced()
  equal(names(child, 'humidity of the greenhouse')[1], 'measure_humidity')
  child:command('Codetriever! search humidity of the greenhouse')
  child:wait('vim.fn.getqflist()[1] and vim.fn.getqflist()[1].text:find("measure_humidity")')
end)

case('what is not saved yet is searchable too', function()
  local child = Child.shared()
  child:edit('src/csv_export.py')
  child:synced()
  child:lua(
    [[vim.api.nvim_buf_set_lines(0, -1, -1, false, {
    '', '', 'def steer_telescope(azimuth):', '    """Turn the telescope towards a star."""', '    return azimuth' })]]
  )
  child:synced()
  equal(names(child, 'turn the telescope towards a star')[1], 'steer_telescope')
  child:command('edit!')
  child:synced()
  truthy(names(child, 'turn the telescope towards a star')[1] ~= 'steer_telescope', 'what is thrown away is gone')
end)

case('a file written behind the editor is searchable', function()
  local child = Child.shared()
  child:edit('src/retry.py')
  child:synced()
  project.write('src/outside.py', 'def brew_coffee(beans):\n    """Brew coffee from roasted beans."""\n')
  child:synced()
  equal(names(child, 'brew coffee')[1], 'brew_coffee')
  vim.uv.fs_unlink(project.root .. '/src/outside.py')
end)

case('the statusline', function()
  local child = Child.shared()
  child:command('enew')
  child:command('cd /')
  equal(child:lua('return require("codetriever").statusline()'), '')
  child:command('cd ' .. project.root)
  child:edit('src/retry.py')
  child:synced()
  child:wait('require("codetriever").statusline():find("^codetriever %d+ files$")')
  child:lua('vim.o.statusline = "%f %{v:lua.require(\'codetriever\').statusline()}"')
  contains(child:lua('return vim.api.nvim_eval_statusline(vim.o.statusline, {}).str'), 'retry.py codetriever ')
  child:lua('vim.o.statusline = ""')
end)

case('the statusline of each state', function()
  local child = Child.shared()
  child:edit('src/retry.py')
  child:synced()
  child:wait('not select(2, require("codetriever.index_state").of(vim.lsp.get_clients()[1].id))', 'the end of progress')
  local function text(state)
    return child:lua(
      [[
      local client = vim.lsp.get_clients({ name = 'codetriever' })[1]
      require('codetriever.index_state').take(client.id, ...)
      return require('codetriever').statusline()
    ]],
      state
    )
  end
  equal(text({ state = 'indexing', files = 1, pending = 1234, generation = 1 }), 'codetriever indexing 1,234 files')
  equal(text({ state = 'degraded', files = 1, pending = 0, generation = 1, message = 'x' }), 'codetriever degraded')
  equal(text({ state = 'empty', files = 0, pending = 0, generation = 0 }), 'codetriever nothing indexed')
  equal(text({ state = 'ready', files = 1234567, pending = 0, generation = 1 }), 'codetriever 1,234,567 files')
end)

case('progress is shown while indexing', function()
  local child = Child.start({ options = { enable = false }, cwd = project.fresh('fresh', 150) })
  child:lua([[
    _G.events, _G.states, _G.lines = {}, {}, {}
    vim.api.nvim_create_autocmd('LspProgress', { callback = function(args)
      table.insert(_G.events, args.data.params.value.kind)
      vim.schedule(function() table.insert(_G.lines, require('codetriever').statusline()) end)
    end })
    vim.api.nvim_create_autocmd('User', { pattern = 'CodetrieverIndexStatus', callback = function(args)
      table.insert(_G.states, args.data.state.state)
    end })
    vim.lsp.enable('codetriever')
  ]])
  child:edit('step_001.py')
  child:synced()
  child:wait('vim.list_contains(_G.events, "begin") and vim.list_contains(_G.events, "end")')
  child:wait('vim.list_contains(_G.states, "indexing") and vim.list_contains(_G.states, "ready")')
  local shown =
    child:lua([[return vim.iter(_G.lines):any(function(line) return line:find('indexing', 1, true) ~= nil end)]])
  truthy(shown, 'the statusline shows progress')
  child:wait('not require("codetriever").statusline():find("indexing")')
  child:stop()
end)

case('a search that was early is asked again when the index is ready', function()
  local child = Child.shared()
  child:edit('src/retry.py')
  child:synced()
  child:command('Codetriever search retry')
  child:wait('#require("codetriever.ui.session").current().items > 0')
  child:lua([[
    local session = require('codetriever.ui.session').current()
    session.incomplete, session.items = true, {}
    local client = vim.lsp.get_clients({ name = 'codetriever' })[1]
    local state = { state = 'ready', files = 1, pending = 0, generation = 1 }
    require('codetriever.index_state').take(client.id, state)
  ]])
  child:wait('#require("codetriever.ui.session").current().items > 0')
end)
