-- The engine's log, and that of Neovim's LSP client where there is no engine.

local request = require('codetriever.request')

local M = {}

---@param path string
local function show(path)
  vim.cmd.split({ args = { vim.fn.fnameescape(path) } })
  vim.bo.readonly = true
  vim.bo.autoread = true
  vim.cmd('normal! G')
end

---@param folder string
---@return string? path the log that was written to last; each version of the engine has its own
local function newest(folder)
  local found, latest
  for name in vim.fs.dir(folder) do
    local path = name:match('^engine.*%.log$') and vim.fs.joinpath(folder, name)
    local stat = path and vim.uv.fs_stat(path)
    if stat and (not latest or stat.mtime.sec > latest) then
      found, latest = path, stat.mtime.sec
    end
  end
  return found
end

function M.open()
  local about = { slot = 'log', method = 'codetriever/status', params = vim.empty_dict() }
  request.send(about, function(problem, result)
    local path = result and newest(result.engine.cacheDir)
    if path then
      return show(path)
    end
    local own = vim.lsp.get_log_path()
    require('codetriever.notify').info((problem or 'the engine has no log') .. '; this is the log of the LSP client')
    if vim.uv.fs_stat(own) then
      show(own)
    end
  end)
end

return M
