-- Where the three windows of the search stand.

local M = {}

---@class codetriever.Layout
---@field prompt codetriever.Rect
---@field list codetriever.Rect
---@field preview? codetriever.Rect nil where there is no room

local BORDER = 2
local MIN_COLUMNS, MIN_LINES = 30, 9
local SIDE_BY_SIDE = 110

---Whether there is room for the search at all.
---@return boolean
function M.fits()
  return vim.o.columns >= MIN_COLUMNS and vim.o.lines >= MIN_LINES
end

---The prompt on top, the list below it, the preview at the right or, on narrow screens, at the bottom.
---@return codetriever.Layout
function M.now()
  local columns, lines = vim.o.columns, vim.o.lines - vim.o.cmdheight - 1
  local width = columns >= 60 and math.min(math.floor(columns * 0.92), 220) or columns
  local height = math.max(math.min(math.floor(lines * 0.86), 60), math.min(lines, MIN_LINES - 2))
  local row, col = math.floor((lines - height) / 2), math.floor((columns - width) / 2)
  local below = height - 1 - BORDER
  local function rect(top, left, wide, high)
    return { row = row + top, col = col + left, width = wide - BORDER, height = high - BORDER }
  end
  if columns >= SIDE_BY_SIDE then
    local left = math.floor(width * 0.52)
    return {
      prompt = rect(0, 0, left, 1 + BORDER),
      list = rect(1 + BORDER, 0, left, below),
      preview = rect(0, left, width - left, height),
    }
  elseif below >= 16 then
    local upper = math.floor(below * 0.5)
    return {
      prompt = rect(0, 0, width, 1 + BORDER),
      list = rect(1 + BORDER, 0, width, upper),
      preview = rect(1 + BORDER + upper, 0, width, below - upper),
    }
  end
  return { prompt = rect(0, 0, width, 1 + BORDER), list = rect(1 + BORDER, 0, width, below) }
end

return M
