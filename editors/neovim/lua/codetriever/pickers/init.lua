-- Where hits are shown. An adapter is given a source and asks it; none of them sorts or filters.

local notify = require('codetriever.notify')
local options = require('codetriever.options')

local M = {}

---@class codetriever.Picker
---@field available fun(): boolean
---@field show fun(source: codetriever.Source)

M.NAMES = { 'builtin', 'telescope', 'fzf_lua', 'snacks', 'mini_pick', 'select' }

---@param name string
---@return codetriever.Picker?
local function picker(name)
  if vim.list_contains(M.NAMES, name) then
    local found = require('codetriever.pickers.' .. name)
    return found.available() and found or nil
  end
end

---@param source codetriever.Source
---@param location boolean
local function list(source, location)
  local window = location and vim.api.nvim_get_current_win() or nil
  local function fill(typed)
    require('codetriever.sources').ask(source, typed, function(answer)
      if answer.problem then
        return notify.warn(answer.problem)
      elseif #answer.items == 0 then
        return notify.info(answer.note ~= '' and answer.note or 'nothing to ask for')
      elseif answer.note ~= '' then
        notify.info(answer.note)
      end
      local title = vim.trim(('%s: %s'):format(source.title, typed)):gsub(':$', '')
      require('codetriever.lists').set(answer.items, title, window)
    end)
  end
  if not source.asks_nothing(source.typed) then
    return fill(source.typed)
  end
  vim.ui.input({ prompt = source.title .. ': ' }, function(typed)
    if typed and typed ~= '' then
      fill(typed)
    end
  end)
end

---Shows a source in a picker, the quickfix list or the location list.
---@param source codetriever.Source
---@param to? string
function M.show(source, to)
  if to == 'quickfix' or to == 'loclist' then
    return list(source, to == 'loclist')
  end
  local name = to or options.get().picker
  local chosen = picker(name)
  if not chosen then
    notify.warn_once(('the picker %s is not there; see :checkhealth codetriever'):format(name))
    chosen = picker('builtin') or picker('select')
  end
  chosen.show(source)
end

return M
