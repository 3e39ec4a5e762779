-- mini.pick of mini.nvim.

local items = require('codetriever.items')
local sources = require('codetriever.sources')

local M = {}

function M.available()
  return (pcall(require, 'mini.pick'))
end

---@param item codetriever.Item
local function entry(item)
  return {
    text = ('%s:%d  %s'):format(item.shown, item.lnum, items.line(item)),
    path = item.path,
    lnum = item.lnum,
    col = item.col,
    item = item,
  }
end

---@param source codetriever.Source
function M.show(source)
  local pick = require('mini.pick')
  local cancel = function() end
  local timer = assert(vim.uv.new_timer())
  local pause = require('codetriever.options').get().debounce_ms

  local function ask(typed, querytick)
    cancel = sources.ask(source, typed, function(answer)
      local entries = vim.tbl_map(entry, answer.items)
      -- Without matching: the order is the server's.
      pick.set_picker_items(entries, { do_match = false, querytick = querytick })
      if answer.problem then
        require('codetriever.notify').warn(answer.problem)
      end
    end)
  end

  local function match(_, _, characters)
    cancel()
    local typed, querytick = table.concat(characters), pick.get_querytick()
    timer:start(
      pause,
      0,
      vim.schedule_wrap(function()
        if pick.is_picker_active() and pick.get_querytick() == querytick then
          ask(typed, querytick)
        end
      end)
    )
  end

  local stop = vim.api.nvim_create_autocmd('User', {
    pattern = 'MiniPickStart',
    once = true,
    callback = function()
      if source.typed ~= '' then
        pick.set_picker_query(vim.fn.split(source.typed, '\\zs'))
      end
    end,
  })
  pick.start({ source = { name = source.title, items = {}, match = match } })
  pcall(vim.api.nvim_del_autocmd, stop)
  timer:close()
  cancel()
end

return M
