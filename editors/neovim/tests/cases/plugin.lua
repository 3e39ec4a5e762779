-- What is there before anything is asked: commands, maps, help, and nothing loaded that is not needed.

local Child = require('child')
local suite = require('suite')
local case, equal, truthy, contains = suite.case, suite.equal, suite.truthy, suite.contains

case('nothing but the plugin file is loaded at start', function()
  local child = Child.start({ options = { enable = false } })
  local loaded = child:lua([[
    return vim.tbl_filter(function(name) return vim.startswith(name, 'codetriever') end, vim.tbl_keys(package.loaded))
  ]])
  equal(loaded, {})
  equal(child:lua('return vim.fn.exists(":Codetriever")'), 2)
  truthy(not child:lua('return vim.lsp.is_enabled("codetriever")'), 'enable = false is heeded')
  child:stop()
end)

case('the server is enabled without setup', function()
  truthy(Child.shared():lua('return vim.lsp.is_enabled("codetriever")'), 'not enabled')
end)

case('commands complete', function()
  local child = Child.shared()
  local function complete(line)
    return child:lua('return vim.fn.getcompletion(..., "cmdline")', line)
  end
  equal(complete('Codetriever '), { 'search', 'similar', 'symbols', 'status', 'reindex', 'log' })
  equal(complete('Codetriever s'), { 'search', 'similar', 'symbols', 'status' })
  equal(complete('Codetriever reindex '), { 'full' })
  equal(complete('Codetriever search ++q'), { '++quickfix' })
  equal(complete('Codetriever search retry kind:func'), { 'kind:function' })
  equal(complete('Codetriever search la'), { 'lang:' })
  equal(complete('Codetriever status '), {})
end)

case('languages complete from the index', function()
  local child = Child.shared()
  child:edit('src/retry.py')
  child:synced()
  equal(child:lua('return vim.fn.getcompletion("Codetriever search lang:", "cmdline")')[1], 'lang:python')
end)

case('plug maps exist', function()
  local child = Child.shared()
  for _, name in ipairs({ 'search', 'search-word', 'similar', 'symbols', 'status' }) do
    local map = child:lua('return vim.fn.maparg(("<Plug>(codetriever-%s)"):format(...), "n")', name)
    local callback =
      child:lua('return vim.fn.maparg(("<Plug>(codetriever-%s)"):format(...), "n", false, true).desc', name)
    truthy(map ~= '' or callback, name)
  end
  truthy(child:lua('return vim.fn.maparg("<Plug>(codetriever-similar)", "x") ~= ""'), 'similar of a selection')
end)

case('help tags', function()
  local child = Child.shared()
  local doc = vim.fs.joinpath(vim.env.CODETRIEVER_TEST_PLUGIN, 'doc')
  local copy = vim.fs.joinpath(vim.env.CODETRIEVER_TEST_WORK, 'help', 'doc')
  vim.fn.mkdir(copy, 'p')
  vim.uv.fs_copyfile(doc .. '/codetriever.txt', copy .. '/codetriever.txt')
  child:command('helptags ' .. copy)
  child:command('set runtimepath+=' .. vim.fs.dirname(copy))
  for _, tag in ipairs({
    'codetriever',
    ':Codetriever',
    ':Codetriever-search',
    ':Codetriever-similar',
    ':Codetriever-symbols',
    ':Codetriever-status',
    ':Codetriever-reindex',
    ':Codetriever-log',
    'codetriever-options',
    'codetriever-filters',
    'codetriever-keys',
    'codetriever-ignored',
    'codetriever-pickers',
    'codetriever.search()',
    'codetriever.statusline()',
    'codetriever-troubleshooting',
    '<Plug>(codetriever-search)',
  }) do
    child:command('help ' .. tag)
    contains(child:lua('return vim.api.nvim_buf_get_name(0)'), 'codetriever.txt')
    contains(child:lua('return vim.api.nvim_get_current_line()'), '*' .. tag .. '*')
  end
end)

case('every tag and option of the help exists', function()
  local child = Child.shared()
  local doc = table.concat(vim.fn.readfile(vim.env.CODETRIEVER_TEST_PLUGIN .. '/doc/codetriever.txt'), '\n')
  for name in pairs(child:lua('return require("codetriever.options").defaults')) do
    contains(doc, name)
  end
  for tag in doc:gmatch('|([^|%s]+)|') do
    local ours = tag:lower():find('codetriever', 1, true)
    truthy(not ours or doc:find('*' .. tag .. '*', 1, true), tag .. ' leads nowhere')
  end
end)
