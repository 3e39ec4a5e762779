-- Starting the server again when it has crashed, waiting longer each time.

local notify = require('codetriever.notify')
local options = require('codetriever.options')

local M = {}

local PAUSES_MS = { 200, 1000, 3000, 10000, 30000 }
local CALM_MS = 120000
local TERMINATED = 15 -- SIGTERM: somebody wants it to end

---@type integer[] when it crashed, in milliseconds
local crashes = {}

---@param config vim.lsp.ClientConfig
local function start(config)
  local folder = config.root_dir
  local attached = false
  for _, bufnr in ipairs(vim.api.nvim_list_bufs()) do
    local name = vim.fs.normalize(vim.api.nvim_buf_get_name(bufnr))
    local ours = folder and vim.startswith(name, folder .. '/')
    if ours and vim.api.nvim_buf_is_loaded(bufnr) and vim.bo[bufnr].buftype == '' then
      attached = vim.lsp.start(config, { bufnr = bufnr, silent = true }) ~= nil or attached
    end
  end
  if not attached then
    vim.lsp.start(config, { attach = false, silent = true })
  end
end

---@param config vim.lsp.ClientConfig
local function crashed(config)
  local now = vim.uv.now()
  crashes = vim.tbl_filter(function(time)
    return now - time < CALM_MS
  end, crashes)
  table.insert(crashes, now)
  local pause = PAUSES_MS[#crashes]
  if pause then
    vim.defer_fn(function()
      start(config)
    end, pause)
  else
    notify.warn('the server keeps crashing and is left alone; see :Codetriever log, then :edit starts it again')
  end
end

---The on_exit of the server's configuration.
---@param code integer
---@param signal integer
---@param client_id integer
function M.on_exit(code, signal, client_id)
  local client = vim.lsp.get_client_by_id(client_id)
  vim.schedule(function()
    require('codetriever.request').client_ended(client_id)
    require('codetriever.index_state').forget(client_id)
    local wanted = code == 0 and (signal == 0 or signal == TERMINATED) or code == 128 + TERMINATED
    if client and not wanted and vim.v.exiting == vim.NIL and options.get().restart then
      crashed(client.config)
    end
  end)
end

return M
