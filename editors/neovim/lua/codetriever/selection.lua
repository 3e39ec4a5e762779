-- What is selected.
local M = {}

---The text selected now; leaves Visual mode.
---@return string
function M.text()
  local lines = vim.fn.getregion(vim.fn.getpos('v'), vim.fn.getpos('.'), { type = vim.fn.mode() })
  vim.api.nvim_feedkeys(vim.keycode('<Esc>'), 'nx', false)
  return vim.trim((table.concat(lines, ' '):gsub('%s+', ' ')))
end

return M
