-- Floating windows.

local M = {}

---@class codetriever.Rect
---@field row integer
---@field col integer
---@field width integer without the border
---@field height integer without the border

---@return integer bufnr of a scratch buffer
function M.scratch()
  local bufnr = vim.api.nvim_create_buf(false, true)
  vim.bo[bufnr].bufhidden = 'wipe'
  return bufnr
end

---@param bufnr integer
---@param rect codetriever.Rect
---@param more? table fields of nvim_open_win, and `enter`
---@return integer winid
function M.open(bufnr, rect, more)
  local config =
    vim.tbl_extend('force', { relative = 'editor', style = 'minimal', border = 'rounded' }, rect, more or {})
  local enter = config.enter == true
  config.enter = nil
  local winid = vim.api.nvim_open_win(bufnr, enter, config)
  vim.wo[winid].wrap = false
  vim.wo[winid].winhighlight = 'NormalFloat:Normal,FloatBorder:WinSeparator'
  return winid
end

---Shows lines to read; q and Escape close them.
---@param title string
---@param lines string[]
---@return integer winid
function M.text(title, lines)
  local bufnr = M.scratch()
  vim.api.nvim_buf_set_lines(bufnr, 0, -1, false, lines)
  vim.bo[bufnr].modifiable = false
  vim.bo[bufnr].filetype = 'codetriever'
  local width = 20
  for _, line in ipairs(lines) do
    width = math.max(width, vim.fn.strdisplaywidth(line) + 2)
  end
  width = math.min(width, vim.o.columns - 4)
  local height = math.max(math.min(#lines, vim.o.lines - 6), 1)
  local rect = { width = width, height = height }
  rect.row = math.max(math.floor((vim.o.lines - height) / 2) - 1, 0)
  rect.col = math.max(math.floor((vim.o.columns - width) / 2), 0)
  local winid = M.open(bufnr, rect, { title = (' %s '):format(title), enter = true })
  vim.wo[winid].wrap = true
  for _, key in ipairs({ 'q', '<Esc>' }) do
    vim.keymap.set('n', key, '<Cmd>close<CR>', { buffer = bufnr, nowait = true })
  end
  return winid
end

return M
