-- Requests to the server. Those of one slot follow each other: the next one cancels the one before.

local clients = require('codetriever.client')
local notify = require('codetriever.notify')

local M = {}

local CANCELLED = { [-32800] = true, [-32801] = true, [-32802] = true }

---@class codetriever.Waiting
---@field lost fun()

---@type table<integer, table<integer, codetriever.Waiting>> by client and request
local waiting = {}

---@type table<string, fun()> what cancels the latest request of a slot
local latest = {}

---@class codetriever.Request
---@field slot? string
---@field bufnr? integer
---@field method string
---@field params table|fun(client: vim.lsp.Client): table

---@param request codetriever.Request
---@param done fun(problem?: string, result?: any, client?: vim.lsp.Client) not called after `cancel`
---@param again boolean whether to ask once more when the server ends meanwhile
---@return fun() cancel
local function send(request, done, again)
  local cancelled = false
  local cancel = function()
    cancelled = true
  end
  clients.get(request.bufnr or vim.api.nvim_get_current_buf(), function(client, problem)
    if cancelled then
      return
    elseif not client then
      return done(problem)
    end
    local params = request.params
    if type(params) == 'function' then
      params = params(client)
    end
    local id
    local answered = false
    local function lost()
      if cancelled or answered then
        return
      end
      answered = true
      if again then
        cancel = send(request, done, false)
      else
        done('the server ended; see :Codetriever log')
      end
    end
    local function forget()
      if id and waiting[client.id] then
        waiting[client.id][id] = nil
      end
    end
    local sent
    sent, id = client:request(request.method, params, function(failure, result)
      forget()
      if cancelled or answered or (failure and CANCELLED[failure.code]) then
        return
      end
      answered = true
      done(failure and notify.short(failure.message or 'the request failed'), result, client)
    end, request.bufnr)
    if not sent then
      return vim.schedule(lost)
    end
    waiting[client.id] = waiting[client.id] or {}
    waiting[client.id][id] = { lost = lost }
    cancel = function()
      cancelled = true
      forget()
      if not answered and not client:is_stopped() then
        client:cancel_request(id)
      end
    end
  end)
  return function()
    cancel()
  end
end

---Asks the server, starting it if need be.
---@param request codetriever.Request
---@param done fun(problem?: string, result?: any, client?: vim.lsp.Client)
---@return fun() cancel after which `done` is not called
function M.send(request, done)
  local slot = request.slot
  if slot then
    M.cancel(slot)
  end
  local cancel = send(request, done, true)
  if slot then
    latest[slot] = cancel
  end
  return cancel
end

---@param slot string
function M.cancel(slot)
  if latest[slot] then
    latest[slot]()
    latest[slot] = nil
  end
end

---Tells those who wait for a client that it has ended.
---@param client_id integer
function M.client_ended(client_id)
  local asked = waiting[client_id] or {}
  waiting[client_id] = nil
  for _, one in pairs(asked) do
    one.lost()
  end
end

return M
