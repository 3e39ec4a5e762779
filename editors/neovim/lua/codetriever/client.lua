-- Finding the client that a buffer belongs to, or starting one.

local root = require('codetriever.root')
local server = require('codetriever.server')

local M = {}

M.NAME = 'codetriever'

local PATIENCE_MS = 20000
local PERIOD_MS = 20

---@param client vim.lsp.Client
local function usable(client)
  return client.initialized and not client:is_stopped()
end

---@param bufnr integer
---@return string path of what the user looks at: a file, or the current directory
local function subject(bufnr)
  local name = vim.api.nvim_buf_get_name(bufnr)
  if vim.bo[bufnr].buftype == '' and name ~= '' and not name:match('^%a[%w+.-]+://') then
    return vim.fs.normalize(name)
  end
  return vim.fs.normalize(vim.fn.getcwd())
end

---The client that serves a buffer, or the folder that it lies in; starts nothing.
---@param bufnr? integer
---@return vim.lsp.Client?
function M.find(bufnr)
  bufnr = (bufnr == nil or bufnr == 0) and vim.api.nvim_get_current_buf() or bufnr
  for _, client in ipairs(vim.lsp.get_clients({ name = M.NAME, bufnr = bufnr })) do
    if usable(client) then
      return client
    end
  end
  local path = subject(bufnr)
  for _, client in ipairs(vim.lsp.get_clients({ name = M.NAME })) do
    local folder = client.root_dir
    if folder and usable(client) and (path == folder or vim.startswith(path, folder .. '/')) then
      return client
    end
  end
end

---@param id integer
---@param done fun(client?: vim.lsp.Client, problem?: string)
local function when_initialized(id, done)
  local left = PATIENCE_MS / PERIOD_MS
  local function look()
    local client = vim.lsp.get_client_by_id(id)
    left = left - 1
    if client and usable(client) then
      done(client)
    elseif not client or client:is_stopped() then
      done(nil, 'the server ended while starting; see :Codetriever log')
    elseif left <= 0 then
      done(nil, 'the server does not answer; see :checkhealth codetriever')
    else
      vim.defer_fn(look, PERIOD_MS)
    end
  end
  look()
end

---The client for a buffer, started if there is none.
---@param bufnr integer
---@param done fun(client?: vim.lsp.Client, problem?: string)
function M.get(bufnr, done)
  local client = M.find(bufnr)
  if client then
    return done(client)
  end
  local problem = server.problem()
  if problem then
    return done(nil, problem)
  end
  local folder = root.of_path(subject(bufnr))
  if not folder then
    return done(nil, 'no project here; open a file of one, or :cd into it')
  end
  local config = vim.deepcopy(vim.lsp.config.codetriever)
  config.root_dir = folder
  local id = vim.lsp.start(config, { attach = false, silent = true })
  if not id then
    return done(nil, 'the server could not be started; see :checkhealth codetriever')
  end
  when_initialized(id, done)
end

return M
