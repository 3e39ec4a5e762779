-- The picker of snacks.nvim.

local sources = require('codetriever.sources')

local M = {}

function M.available()
  local ok, snacks = pcall(require, 'snacks')
  return ok and type(snacks.picker) == 'table'
end

---@param item codetriever.Item
local function entry(item)
  return {
    text = ('%s %s'):format(item.shown, item.name or item.text),
    file = item.path,
    pos = { item.lnum, item.col - 1 },
    item = item,
  }
end

local function format(entry_shown)
  local item = entry_shown.item ---@type codetriever.Item
  return {
    { item.name or '', 'CodetrieverName' },
    { item.name and '  ' or '' },
    { item.shown, 'CodetrieverPath' },
    { (':%d  '):format(item.lnum), 'CodetrieverLine' },
    { item.text, 'CodetrieverCode' },
  }
end

---@param source codetriever.Source
local function finder(source)
  return function(_, context)
    local typed = context.filter.search
    return function(take)
      local task = context.async
      local answer
      local cancel = function() end
      -- Finders run where Neovim's own functions cannot be called.
      vim.schedule(function()
        if task:aborted() then
          return
        end
        cancel = sources.ask(source, typed, function(given)
          answer = given
          task:resume()
        end)
      end)
      task:on('abort', function()
        vim.schedule(function()
          cancel()
        end)
      end)
      task:suspend()
      for _, item in ipairs(answer and answer.items or {}) do
        take(entry(item))
      end
      if answer and answer.problem then
        require('codetriever.notify').warn(answer.problem)
      end
    end
  end
end

---@param source codetriever.Source
function M.show(source)
  require('codetriever.ui.colours').define()
  require('snacks').picker.pick({
    source = 'codetriever',
    title = source.title,
    search = source.typed,
    live = true,
    supports_live = true,
    need_search = false,
    finder = finder(source),
    format = format,
    preview = 'file',
    -- The order is the server's.
    matcher = { sort_empty = false, fuzzy = false },
    sort = { fields = { 'idx' } },
  })
end

return M
