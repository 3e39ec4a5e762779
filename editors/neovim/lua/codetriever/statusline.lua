-- A word on the index, without percent signs, so that it can go into any statusline as it is.

local clients = require('codetriever.client')
local index_state = require('codetriever.index_state')

local M = {}

---1234567 as 1,234,567.
---@param count integer
---@return string
function M.grouped(count)
  local text = tostring(count):reverse():gsub('(%d%d%d)', '%1,'):reverse()
  return (text:gsub('^,', ''))
end

---@param state codetriever.IndexState
---@param progress? string
local function described(state, progress)
  if state.state == 'indexing' then
    local left = state.pending > 0 and M.grouped(state.pending) .. ' files' or ''
    return vim.trim('indexing ' .. (progress or left))
  elseif state.state == 'degraded' then
    return 'degraded'
  elseif state.state == 'empty' then
    return 'nothing indexed'
  end
  return M.grouped(state.files) .. ' files'
end

---@param bufnr? integer
---@return string text empty where no server is concerned
function M.text(bufnr)
  local client = clients.find(bufnr)
  if not client then
    return ''
  end
  local state, progress = index_state.of(client.id)
  return 'codetriever ' .. (state and described(state, progress):gsub('%%', '') or 'starting')
end

return M
