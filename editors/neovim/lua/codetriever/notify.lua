-- Messages of one line: what is wrong, and what to do.

local M = {}

---@param text string
---@return string
function M.short(text)
  local line = vim.trim((text:gsub('%s*[\r\n].*', '')))
  return vim.fn.strchars(line) > 300 and vim.fn.strcharpart(line, 0, 299) .. '…' or line
end

---@param text string
---@param level? integer of vim.log.levels
local function tell(text, level)
  vim.schedule(function()
    vim.notify('codetriever: ' .. M.short(text), level or vim.log.levels.INFO)
  end)
end

function M.info(text)
  tell(text)
end

function M.warn(text)
  tell(text, vim.log.levels.WARN)
end

local said = {}

---@param text string
function M.warn_once(text)
  if not said[text] then
    said[text] = true
    M.warn(text)
  end
end

return M
