-- What a user can set in vim.g.codetriever, or with require('codetriever').setup().

local M = {}

---@class codetriever.Options
---@field enable boolean start the server for files as they are opened
---@field picker 'builtin'|'telescope'|'fzf_lua'|'snacks'|'mini_pick'|'select' where hits are shown
---@field limit integer hits of one search, 1 to 100
---@field mode 'hybrid'|'lexical'|'semantic' what a search goes by
---@field debounce_ms integer pause in typing after which a search is sent
---@field progress boolean echo the progress of indexing
---@field restart boolean start the server again when it has crashed
---@field highlight_ms integer how long lines stay highlighted after a jump; 0 for not at all

---@type codetriever.Options
M.defaults = {
  enable = true,
  picker = 'builtin',
  limit = 30,
  mode = 'hybrid',
  debounce_ms = 80,
  progress = true,
  restart = true,
  highlight_ms = 600,
}

---@return codetriever.Options
function M.get()
  return vim.tbl_extend('force', M.defaults, vim.g.codetriever or {})
end

---What is wrong with the user's options, a line each.
---@return string[]
function M.problems()
  local problems = {}
  for name, value in pairs(vim.g.codetriever or {}) do
    local default = M.defaults[name]
    if default == nil then
      table.insert(problems, ('%s is not an option'):format(name))
    elseif type(default) ~= type(value) then
      table.insert(problems, ('%s should be a %s, not a %s'):format(name, type(default), type(value)))
    end
  end
  table.sort(problems)
  return problems
end

return M
