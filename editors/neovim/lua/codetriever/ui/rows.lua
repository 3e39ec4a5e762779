-- Items as rows of the list: name and container, place, a line of code.

local M = {}

local NAMESPACE = vim.api.nvim_create_namespace('codetriever.rows')
local GAP = '  '
local LEAST_CODE = 20

---@param text string
---@param width integer cells
---@param from_start? boolean leave out the beginning instead of the end
---@return string
local function cut(text, width, from_start)
  if vim.fn.strdisplaywidth(text) <= width then
    return text
  end
  local count = math.max(width - 1, 0)
  if from_start then
    return '…' .. vim.fn.strcharpart(text, vim.fn.strchars(text) - count)
  end
  return vim.fn.strcharpart(text, 0, count) .. '…'
end

---@param text string
---@param width integer
local function padded(text, width)
  return text .. (' '):rep(width - vim.fn.strdisplaywidth(text))
end

---@param item codetriever.Item
---@return string[][] pieces text and highlight
local function label(item, width)
  if not item.name then
    return { { cut(vim.fs.basename(item.path), width), 'CodetrieverContainer' } }
  end
  local pieces = { { cut(item.name, width), 'CodetrieverName' } }
  local left = width - vim.fn.strdisplaywidth(pieces[1][1]) - 1
  if item.container and item.container ~= '' and left >= 4 then
    table.insert(pieces, { ' ' .. cut(item.container, left), 'CodetrieverContainer' })
  end
  return pieces
end

---@param pieces string[][]
local function joined(pieces)
  local text = ''
  for _, piece in ipairs(pieces) do
    text = text .. piece[1]
  end
  return text
end

---@param found codetriever.Item[]
---@param width integer
---@return integer labels, integer places widths; where a line of code has no room beside them, they take it all
local function columns(found, width)
  local labels, places = 0, 0
  for _, item in ipairs(found) do
    labels = math.max(labels, vim.fn.strdisplaywidth(joined(label(item, 40))))
    places = math.max(places, vim.fn.strdisplaywidth(item.shown) + #tostring(item.lnum) + 1)
  end
  labels = math.min(labels, math.floor(width * 0.4))
  local room = width - labels - 2 * #GAP - 1
  if room - places < LEAST_CODE then
    places = math.min(places, room + #GAP)
  end
  return labels, places
end

---Fills a buffer with a row for each item.
---@param bufnr integer
---@param found codetriever.Item[]
---@param width integer cells
function M.fill(bufnr, found, width)
  local labels, places = columns(found, width)
  local lines, marks = {}, {}
  for row, item in ipairs(found) do
    local place = cut(('%s:%d'):format(item.shown, item.lnum), places, true)
    local pieces = label(item, labels)
    local rest = labels - vim.fn.strdisplaywidth(joined(pieces))
    table.insert(pieces, { (' '):rep(rest) .. GAP, '' })
    local path, lnum = place:match('^(.*)(:%d+)$')
    table.insert(pieces, { path or place, 'CodetrieverPath' })
    table.insert(pieces, { lnum or '', 'CodetrieverLine' })
    table.insert(pieces, { padded('', places - vim.fn.strdisplaywidth(place)) .. GAP, '' })
    table.insert(pieces, { (item.text:gsub('\t', '  ')), 'CodetrieverCode' })
    local text = ' '
    for _, piece in ipairs(pieces) do
      table.insert(marks, { row - 1, #text, #text + #piece[1], piece[2] })
      text = text .. piece[1]
    end
    lines[row] = text
  end
  vim.bo[bufnr].modifiable = true
  vim.api.nvim_buf_set_lines(bufnr, 0, -1, false, lines)
  vim.bo[bufnr].modifiable = false
  vim.api.nvim_buf_clear_namespace(bufnr, NAMESPACE, 0, -1)
  for _, mark in ipairs(marks) do
    if mark[4] ~= '' then
      local opts = { end_col = mark[3], hl_group = mark[4] }
      vim.api.nvim_buf_set_extmark(bufnr, NAMESPACE, mark[1], mark[2], opts)
    end
  end
end

return M
