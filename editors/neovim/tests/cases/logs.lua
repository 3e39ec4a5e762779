-- After all of it.

local suite = require('suite')
local case, truthy = suite.case, suite.truthy

---@param path string
local function errors(path)
  return vim.tbl_filter(function(line)
    return line:find(' ERROR ', 1, true) or line:find('Traceback', 1, true) or line:find('CRITICAL', 1, true)
  end, vim.fn.readfile(path))
end

case('the log of the engine holds no error', function()
  local logs = vim.fn.glob(vim.env.CODETRIEVER_CACHE_DIR .. '/engine*.log*', true, true)
  truthy(#logs > 0, 'there is a log')
  for _, path in ipairs(logs) do
    local found = errors(path)
    truthy(#found == 0, table.concat(found, '\n'))
  end
end)

case('the server said no error to Neovim', function()
  local log = vim.env.XDG_STATE_HOME .. '/nvim/lsp.log'
  truthy(vim.uv.fs_stat(log), 'there is a log')
  local found = vim.tbl_filter(function(line)
    local said = line:match('"stderr"%s+(.*)')
    return said and (said:find(' ERROR ', 1, true) or said:find('CRITICAL', 1, true) or said:find('Traceback', 1, true))
  end, vim.fn.readfile(log))
  truthy(#found == 0, table.concat(found, '\n'))
end)
