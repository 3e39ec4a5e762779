-- telescope.nvim.

local items = require('codetriever.items')
local sources = require('codetriever.sources')

local M = {}

function M.available()
  return (pcall(require, 'telescope'))
end

---@param item codetriever.Item
local function entry(item)
  local shown = ('%s:%d  %s'):format(item.shown, item.lnum, items.line(item))
  return {
    value = item,
    ordinal = shown,
    display = shown,
    filename = item.path,
    lnum = item.lnum,
    col = item.col,
    text = items.line(item),
  }
end

---A finder of its own kind: a callable that hands in entries whenever they come.
---@param source codetriever.Source
local function finder(source)
  local cancel = function() end
  local round = 0
  return setmetatable({
    close = function()
      cancel()
    end,
  }, {
    __call = function(_, typed, take, complete)
      round = round + 1
      local mine = round
      cancel()
      cancel = sources.ask(source, typed, function(answer)
        if mine ~= round then
          return
        end
        for index, item in ipairs(answer.items) do
          local made = entry(item)
          made.index = index
          if take(made) then
            break
          end
        end
        complete()
        if answer.problem then
          require('codetriever.notify').warn(answer.problem)
        end
      end)
    end,
  })
end

---@param source codetriever.Source
---@param opts? table of telescope
function M.show(source, opts)
  local config = require('telescope.config').values
  opts = vim.tbl_extend('keep', opts or {}, { debounce = require('codetriever.options').get().debounce_ms })
  require('telescope.pickers')
    .new(opts, {
      prompt_title = source.title,
      default_text = source.typed,
      finder = finder(source),
      sorter = require('telescope.sorters').empty(),
      previewer = config.grep_previewer(opts),
    })
    :find()
end

return M
