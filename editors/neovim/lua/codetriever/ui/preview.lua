-- A file in a window, without loading it as a buffer: no plugin and no server is to hear of it.

local M = {}

local NAMESPACE = vim.api.nvim_create_namespace('codetriever.preview')
local LARGEST = 1000000
local HIGHLIGHTED = 300000

---@param path string
---@return string[]? lines
---@return string? problem
local function content(path)
  local loaded = require('codetriever.buffers').loaded(path)
  if loaded then
    return vim.api.nvim_buf_get_lines(loaded, 0, -1, false)
  end
  local stat = vim.uv.fs_stat(path)
  if not stat then
    return nil, 'The file is gone.'
  elseif stat.size > LARGEST then
    return nil, 'The file is too large for a preview.'
  end
  local ok, lines = pcall(vim.fn.readfile, path)
  if not ok then
    return nil, 'The file cannot be read.'
  end
  return vim.tbl_map(function(line)
    return (line:gsub('\r$', ''):gsub('\n', ' '))
  end, lines)
end

---@param bufnr integer
---@param path string
---@param lines string[]
local function colour(bufnr, path, lines)
  local size = 0
  for _, line in ipairs(lines) do
    size = size + #line
  end
  local filetype = size <= HIGHLIGHTED and vim.filetype.match({ filename = path, contents = lines }) or nil
  vim.treesitter.stop(bufnr)
  vim.bo[bufnr].syntax = ''
  if not filetype then
    return
  end
  local language = vim.treesitter.language.get_lang(filetype)
  if not language or not pcall(vim.treesitter.start, bufnr, language) then
    vim.bo[bufnr].syntax = filetype
  end
end

---Shows an item's lines in the middle of the window.
---@param winid integer
---@param bufnr integer
---@param item? codetriever.Item nil empties the window
function M.show(winid, bufnr, item)
  if item and vim.b[bufnr].codetriever_path ~= item.path then
    local lines, problem = content(item.path)
    vim.b[bufnr].codetriever_path = lines and item.path or ''
    vim.api.nvim_buf_set_lines(bufnr, 0, -1, false, lines or { '', '  ' .. problem })
    colour(bufnr, item.path, lines or {})
  elseif not item then
    vim.b[bufnr].codetriever_path = ''
    vim.treesitter.stop(bufnr)
    vim.api.nvim_buf_set_lines(bufnr, 0, -1, false, {})
  end
  vim.api.nvim_buf_clear_namespace(bufnr, NAMESPACE, 0, -1)
  vim.api.nvim_win_set_config(winid, { title = item and (' %s '):format(item.shown) or '' })
  if not item or vim.b[bufnr].codetriever_path == '' then
    vim.wo[winid].number = false
    return
  end
  vim.wo[winid].number = true
  local count = vim.api.nvim_buf_line_count(bufnr)
  local first, last = math.min(item.first, count), math.min(item.last, count)
  for row = first - 1, last - 1 do
    vim.api.nvim_buf_set_extmark(bufnr, NAMESPACE, row, 0, { line_hl_group = 'CodetrieverRange' })
  end
  local height = vim.api.nvim_win_get_height(winid)
  local top = math.max(first - math.max(math.floor((height - (last - first + 1)) / 2), 2), 1)
  vim.api.nvim_win_call(winid, function()
    vim.fn.winrestview({ topline = top, lnum = math.min(item.lnum, count), col = 0 })
  end)
end

return M
