-- What is typed: plain words, and filters among them like lang:go, path:src/** and kind:function.

local kinds = require('codetriever.kinds')

local M = {}

---@class codetriever.Query
---@field text string without the filters
---@field filters? table for codetriever/search; nil where nothing narrows
---@field mode? string
---@field problem? string the first filter that cannot be meant

local MODES = { hybrid = true, lexical = true, semantic = true }

local FILTERS = { lang = 'languages', language = 'languages', path = 'paths', kind = 'kinds', mode = 'mode' }

---What can be typed before a colon.
M.names = { 'lang', 'path', 'kind', 'mode' }

---Words separated by blanks; a quoted one may hold blanks and is never a filter itself.
---@param line string
---@return { text: string, quoted: boolean }[]
local function words(line)
  local found = {}
  local at = 1
  while true do
    local from = line:find('%S', at)
    if not from then
      return found
    end
    local quoted = line:match('^"([^"]*)"', from)
    local word = quoted and ('"%s"'):format(quoted) or line:match('^%S+', from)
    local key, rest = line:match('^(%-?%a+:)"([^"]*)"', from)
    if key then
      word = ('%s"%s"'):format(key, rest)
      table.insert(found, { text = key .. rest, quoted = false })
    else
      table.insert(found, { text = word, quoted = quoted ~= nil })
    end
    at = from + #word
  end
end

---@param name string
---@param value string
---@return string? usable
---@return string? problem
local function checked(name, value)
  if name == 'kinds' then
    local kind = kinds.named(value)
    return kind, not kind and ('no kind is called %s; Tab completes them'):format(value) or nil
  elseif name == 'mode' then
    return MODES[value] and value, not MODES[value] and 'mode is hybrid, lexical or semantic' or nil
  elseif name == 'languages' then
    return value:lower()
  end
  return value
end

---@param line string
---@return codetriever.Query
function M.parse(line)
  local free, filters = {}, {}
  local query = {} ---@type codetriever.Query
  for _, word in ipairs(words(line)) do
    local minus, key, values = word.text:match('^(%-?)(%a+):(.*)$')
    local name = not word.quoted and key and FILTERS[key] or nil
    if not name or (values:sub(1, 1) == ':') then
      table.insert(free, word.text)
    else
      for _, value in ipairs(vim.split(values, ',', { trimempty = true })) do
        local usable, problem = checked(name, value)
        query.problem = query.problem or problem
        if usable and name == 'mode' then
          query.mode = usable
        elseif usable then
          filters[name] = filters[name] or {}
          table.insert(filters[name], (minus == '-' and name == 'paths') and '!' .. usable or usable)
        end
      end
    end
  end
  query.text = table.concat(free, ' ')
  query.filters = next(filters) and filters or nil
  return query
end

---How the word before the cursor can go on.
---@param word string
---@param languages string[]
---@return string[]
function M.completions(word, languages)
  local key = word:match('^(%a+):')
  local choices
  if key == 'lang' or key == 'language' then
    choices = languages
  elseif key == 'kind' then
    choices = kinds.names
  elseif key == 'mode' then
    choices = { 'hybrid', 'lexical', 'semantic' }
  elseif key == nil and word:match('^%a*$') then
    choices, key = M.names, ''
  end
  local found = {}
  for _, choice in ipairs(choices or {}) do
    local whole = key == '' and choice .. ':' or key .. ':' .. choice
    if vim.startswith(whole:lower(), word:lower()) then
      table.insert(found, whole)
    end
  end
  return found
end

return M
