-- Going to a place.

local notify = require('codetriever.notify')
local options = require('codetriever.options')

local M = {}

local COMMANDS = { edit = 'edit', split = 'split', vsplit = 'vsplit', tab = 'tabedit' }
local NAMESPACE = vim.api.nvim_create_namespace('codetriever.jump')

---@param bufnr integer
---@param first integer from 1
---@param last integer from 1
local function flash(bufnr, first, last)
  local timeout = options.get().highlight_ms
  if timeout > 0 then
    local until_line = math.min(last, vim.api.nvim_buf_line_count(bufnr)) - 1
    local opts = { regtype = 'V', timeout = timeout }
    vim.hl.range(bufnr, NAMESPACE, 'CodetrieverRange', { first - 1, 0 }, { until_line, 0 }, opts)
  end
end

---@param item codetriever.Item
---@param how? 'edit'|'split'|'vsplit'|'tab'
---@return boolean
function M.item(item, how)
  require('codetriever.ui.colours').define()
  vim.cmd("normal! m'")
  local same = vim.fs.normalize(vim.api.nvim_buf_get_name(0)) == vim.fs.normalize(item.path)
  if not same or (how and how ~= 'edit') then
    local ok, problem = pcall(vim.cmd[COMMANDS[how or 'edit']], { args = { vim.fn.fnameescape(item.path) } })
    if not ok then
      notify.warn((tostring(problem):gsub('^.-:(E%d+:)', '%1'):gsub('^.-Vim%(%w+%):', '')))
      return false
    end
  end
  local lines = vim.api.nvim_buf_line_count(0)
  local lnum = math.min(item.lnum, lines)
  local line = vim.api.nvim_buf_get_lines(0, lnum - 1, lnum, false)[1] or ''
  vim.api.nvim_win_set_cursor(0, { lnum, math.min(item.col - 1, #line) })
  vim.cmd('normal! zvzz')
  flash(0, math.min(item.first, lines), item.last)
  return true
end

return M
