-- The quickfix list and the location list.

local items = require('codetriever.items')

local M = {}

---Makes a new list of these items and opens it.
---@param found codetriever.Item[]
---@param title string
---@param winid? integer the window whose location list it becomes; nil for the quickfix list
function M.set(found, title, winid)
  local what = {
    title = title,
    items = vim.tbl_map(items.quickfix, found),
    context = { codetriever = true },
    nr = '$',
  }
  if winid then
    vim.fn.setloclist(winid, {}, ' ', what)
    vim.api.nvim_set_current_win(winid)
    vim.cmd('lopen')
  else
    vim.fn.setqflist({}, ' ', what)
    vim.cmd('botright copen')
  end
end

return M
