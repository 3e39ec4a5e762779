-- :checkhealth codetriever says what is wrong and what to do.

local Child = require('child')
local suite = require('suite')
local case, equal, truthy, contains = suite.case, suite.equal, suite.truthy, suite.contains

---@param child Child
---@return string
local function checked(child)
  child:command('checkhealth codetriever')
  return child:wait(
    [[vim.bo.filetype == 'checkhealth' and table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n')]]
  )
end

case('all is well', function()
  local child = Child.shared()
  child:edit('src/retry.py')
  child:synced()
  local text = checked(child)
  for _, part in ipairs({
    'Neovim 0.',
    'found at ',
    'version 0.',
    'cache: ',
    'model: ',
    'project: ready, ',
    'builtin is used',
  }) do
    contains(text, part)
  end
  truthy(not text:find('ERROR', 1, true), text)
end)

case('the server is missing', function()
  local child = Child.start()
  child:lua([[vim.lsp.config('codetriever', { cmd = { 'no-such-server' } })]])
  local text = checked(child)
  contains(text, 'ERROR no-such-server is not installed or not on PATH')
  contains(text, 'uv tool install codetriever-lsp')
  child:command('messages clear')
  child:edit('src/retry.py')
  equal(child:messages(), '', 'opening a file says nothing')
  child:command('Codetriever! search anything')
  child:told('codetriever: no-such-server is not installed or not on PATH; see :checkhealth codetriever')
  child:stop()
end)

case('the server does not run', function()
  local child = Child.start({ options = { enable = false } })
  child:lua([[vim.lsp.config('codetriever', { cmd = { 'false' } })]])
  contains(checked(child), 'it does not run')
  child:stop()
end)

case('options that are wrong', function()
  local child = Child.start({ options = { enable = false, pikcer = 'x', limit = 'many', picker = 'telescope' } })
  local text = checked(child)
  contains(text, 'pikcer is not an option')
  contains(text, 'limit should be a number, not a string')
  contains(text, 'telescope is chosen and not there')
  child:stop()
end)
