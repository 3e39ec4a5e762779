-- :Codetriever and its completion.

local M = {}

local PLACES = { 'quickfix', 'loclist', 'builtin', 'telescope', 'fzf_lua', 'snacks', 'mini_pick', 'select' }

---@param words string[] taken out of them: ++PLACE
---@return string? to
local function target(words)
  for at, word in ipairs(words) do
    local name = word:match('^%+%+([%w_]+)$')
    if name then
      table.remove(words, at)
      return name
    end
  end
end

---@class codetriever.Call
---@field words string[]
---@field to? string
---@field bang boolean
---@field first? integer
---@field last? integer

---@type table<string, fun(call: codetriever.Call)>
local actions = {
  search = function(call)
    require('codetriever').search({ query = table.concat(call.words, ' '), to = call.to })
  end,
  similar = function(call)
    local query = table.concat(call.words, ' ')
    require('codetriever').similar({ query = query, to = call.to, first = call.first, last = call.last })
  end,
  symbols = function(call)
    require('codetriever').symbols({ query = table.concat(call.words, ' '), to = call.to })
  end,
  status = function()
    require('codetriever').status()
  end,
  reindex = function(call)
    require('codetriever').reindex({ full = call.bang or call.words[1] == 'full' })
  end,
  log = function()
    require('codetriever').log()
  end,
}

local NAMES = { 'search', 'similar', 'symbols', 'status', 'reindex', 'log' }
local LISTED = { search = true, similar = true, symbols = true }

---@param call table as nvim_create_user_command gives it
function M.run(call)
  local words = vim.split(call.args, '%s+', { trimempty = true })
  local name = table.remove(words, 1) or 'search'
  local action = actions[name]
  local notify = require('codetriever.notify')
  if not action then
    return notify.warn(('%s is no command; there are %s'):format(name, table.concat(NAMES, ', ')))
  end
  local to = target(words)
  if to and not vim.list_contains(PLACES, to) then
    return notify.warn(('++%s is no place for hits; there are %s'):format(to, table.concat(PLACES, ', ')))
  end
  local ranged = call.range > 0
  action({
    words = words,
    to = to or (call.bang and LISTED[name] and 'quickfix' or nil),
    bang = call.bang,
    first = ranged and call.line1 or nil,
    last = ranged and call.line2 or nil,
  })
end

---@param lead string
---@param choices string[]
local function starting(lead, choices)
  return vim.tbl_filter(function(choice)
    return vim.startswith(choice, lead)
  end, choices)
end

---@param lead string
---@param line string
---@param at integer
---@return string[]
function M.complete(lead, line, at)
  local before = line:sub(1, at):match('Codetriever!?%s+(.*)$') or ''
  local name = before:match('^(%S+)%s')
  if not name then
    return starting(lead, NAMES)
  elseif name == 'reindex' then
    return starting(lead, { 'full' })
  elseif not LISTED[name] then
    return {}
  elseif vim.startswith(lead, '+') then
    return starting(
      lead,
      vim.tbl_map(function(place)
        return '++' .. place
      end, PLACES)
    )
  elseif name == 'symbols' then
    return {}
  end
  return require('codetriever.query').completions(lead, require('codetriever.languages').known())
end

return M
