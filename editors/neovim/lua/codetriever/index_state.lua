-- What the server says unasked about its index, for the statusline and the message line.

local options = require('codetriever.options')

local M = {}

local SLOW_MS = 500
local TITLE_MARK = 'codetriever-index'

---@class codetriever.IndexState
---@field state 'empty'|'indexing'|'ready'|'degraded'
---@field generation integer
---@field files integer
---@field pending integer
---@field message? string

---@type table<integer, codetriever.IndexState>
local states = {}
---@type table<integer, string> like "12 of 340 files"
local progress = {}
---@type table<integer, integer> when the progress of a client began
local began = {}

---@param client_id integer
---@return codetriever.IndexState? state
---@return string? progress
function M.of(client_id)
  return states[client_id], progress[client_id]
end

---@param client_id integer
---@param state codetriever.IndexState
function M.take(client_id, state)
  states[client_id] = state
  vim.cmd.redrawstatus({ bang = true })
  vim.api.nvim_exec_autocmds('User', {
    pattern = 'CodetrieverIndexStatus',
    modeline = false,
    data = { client_id = client_id, state = state },
  })
end

---@param client_id integer
function M.forget(client_id)
  states[client_id], progress[client_id], began[client_id] = nil, nil, nil
  vim.cmd.redrawstatus({ bang = true })
end

---@param text string
local function echo(text)
  local mode = vim.api.nvim_get_mode()
  if options.get().progress and mode.mode == 'n' and not mode.blocking then
    -- Longer than the line, it would ask for Enter.
    vim.api.nvim_echo({ { vim.fn.strcharpart(text, 0, math.max(vim.o.columns - 20, 0)) } }, false, {})
  end
end

---@param args { data: { client_id: integer, params: lsp.ProgressParams } }
local function on_progress(args)
  local id, params = args.data.client_id, args.data.params
  local client = vim.lsp.get_client_by_id(id)
  if not client or client.name ~= 'codetriever' or not vim.startswith(tostring(params.token), TITLE_MARK) then
    return
  end
  local value = params.value
  if value.kind == 'begin' then
    began[id] = vim.uv.now()
  end
  local was_slow = began[id] ~= nil and vim.uv.now() - began[id] >= SLOW_MS
  progress[id] = value.kind ~= 'end' and value.message or nil
  if was_slow then
    echo(value.kind == 'end' and '' or ('codetriever: indexing %s'):format(value.message or ''))
  end
  if value.kind == 'end' then
    began[id] = nil
  end
  vim.cmd.redrawstatus({ bang = true })
end

local watching = false

---Follows LspProgress from now on.
function M.watch()
  if watching then
    return
  end
  watching = true
  vim.api.nvim_create_autocmd('LspProgress', {
    group = vim.api.nvim_create_augroup('codetriever.progress', {}),
    callback = vim.schedule_wrap(on_progress),
  })
end

return M
