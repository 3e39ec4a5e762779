-- The program that is run, as vim.lsp.config('codetriever') names it.

local M = {}

---@return string[]? command nil where the configuration connects in another way
function M.command()
  local config = vim.lsp.config.codetriever
  local cmd = config and config.cmd
  return type(cmd) == 'table' and cmd or nil
end

---@return string? problem nil where the server can be started
function M.problem()
  if not vim.lsp.config.codetriever then
    return 'the runtime path lacks lsp/codetriever.lua; install the plugin again'
  end
  local command = M.command()
  if command and vim.fn.executable(command[1]) == 0 then
    return ('%s is not installed or not on PATH; see :checkhealth codetriever'):format(command[1])
  end
end

---@param ... string a command of codetriever-lsp
---@return string[]?
function M.with(...)
  local command = M.command()
  if not command then
    return
  end
  local base = vim.tbl_filter(function(word)
    return word ~= '--stdio' and word ~= 'serve'
  end, command)
  return vim.list_extend(base, { ... })
end

return M
