-- vim.ui.input and vim.ui.select: for small screens, and for whoever has replaced them.

local items = require('codetriever.items')
local notify = require('codetriever.notify')

local M = {}

function M.available()
  return true
end

---@param item codetriever.Item
local function described(item)
  return ('%s:%d  %s'):format(item.shown, item.lnum, items.line(item))
end

---@param source codetriever.Source
---@param typed string
local function choose(source, typed)
  require('codetriever.sources').ask(source, typed, function(answer)
    if answer.problem then
      return notify.warn(answer.problem)
    elseif #answer.items == 0 then
      return notify.info(answer.note ~= '' and answer.note or 'nothing to ask for')
    end
    local prompt = answer.note ~= '' and ('%s (%s)'):format(source.title, answer.note) or source.title
    local opts = { prompt = prompt, kind = 'codetriever', format_item = described }
    vim.ui.select(answer.items, opts, function(item)
      if item then
        require('codetriever.open').item(item)
      end
    end)
  end)
end

---@param source codetriever.Source
function M.show(source)
  if not source.asks_nothing(source.typed) then
    return choose(source, source.typed)
  end
  vim.ui.input({ prompt = source.title .. ': ' }, function(typed)
    if typed and typed ~= '' then
      choose(source, typed)
    end
  end)
end

return M
