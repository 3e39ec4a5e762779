-- A Neovim under test, driven over RPC: keys are typed as a user types them.

local M = {}

local PATIENCE_MS = 30000
local PERIOD_MS = 20

---@class Child
---@field channel integer
local Child = {}
Child.__index = Child

---@type Child[]
local all = {}

---@param opts? { options?: table, env?: table<string, string>, cwd?: string }
---@return Child
function M.start(opts)
  opts = opts or {}
  local env = vim.tbl_extend('force', {}, opts.env or {})
  env.CODETRIEVER_TEST_OPTIONS = opts.options and vim.json.encode(opts.options) or ''
  local init = vim.fs.joinpath(vim.env.CODETRIEVER_TEST_PLUGIN, 'tests', 'init.lua')
  local command = { vim.env.CODETRIEVER_TEST_NVIM, '--embed', '--headless', '--clean', '-u', init }
  local cwd = opts.cwd or require('project').root
  local channel = vim.fn.jobstart(command, { rpc = true, env = env, cwd = cwd })
  assert(channel > 0, 'Neovim does not start')
  local child = setmetatable({ channel = channel }, Child)
  table.insert(all, child)
  return child
end

---@return Child one that many cases share, with empty windows
function M.shared()
  if not M._shared then
    M._shared = M.start()
  end
  local child = M._shared
  child:keys('<C-\\><C-n>')
  child:lua([[
    local current = require('codetriever.ui.session').current()
    if current then current:close() end
    vim.cmd('silent! tabonly! | silent! only! | enew!')
    for _, bufnr in ipairs(vim.api.nvim_list_bufs()) do
      if bufnr ~= vim.api.nvim_get_current_buf() then
        pcall(vim.api.nvim_buf_delete, bufnr, { force = true })
      end
    end
    vim.fn.setqflist({}, 'f')
    vim.cmd('messages clear')
    vim.v.errmsg = ''
  ]])
  return child
end

function M.stop_all()
  for _, child in ipairs(all) do
    child:stop()
  end
end

---@param code string
---@return any
function Child:lua(code, ...)
  return vim.rpcrequest(self.channel, 'nvim_exec_lua', code, { ... })
end

---@param command string
---@return string what it prints
function Child:command(command)
  return vim.rpcrequest(self.channel, 'nvim_exec2', command, { output = true }).output
end

---@param keys string
function Child:keys(keys)
  vim.rpcrequest(self.channel, 'nvim_input', keys)
end

---@param path string relative to the project
function Child:edit(path)
  self:command('edit ' .. path)
end

---@return string
function Child:messages()
  return self:command('messages')
end

---Waits until an expression is true, and gives its value.
---@param expression string of Lua
---@param about? string
---@return any
function Child:wait(expression, about, ...)
  local value
  local arguments = { ... }
  local ok = vim.wait(PATIENCE_MS, function()
    value = self:lua('return ' .. expression, unpack(arguments))
    return value ~= nil and value ~= vim.NIL and value ~= false
  end, PERIOD_MS)
  if not ok then
    error(('in vain waited for %s; messages: %s'):format(about or expression, self:messages()), 2)
  end
  return value
end

---Waits for a message.
---@param part string
function Child:told(part)
  self:wait('vim.fn.execute("messages"):find(..., 1, true)', 'the message ' .. part, part)
end

---Waits until the server is there and everything is searchable.
function Child:synced()
  self:wait("#vim.lsp.get_clients({ name = 'codetriever' }) > 0 and vim.lsp.get_clients()[1].initialized", 'the client')
  local answer = self:lua([[
    local client = vim.lsp.get_clients({ name = 'codetriever' })[1]
    local answer, problem = client:request_sync('codetriever/sync', { timeoutMs = 60000 }, 60000)
    return { problem = problem or (answer and answer.err and answer.err.message) }
  ]])
  assert(not answer.problem, answer.problem)
end

---What the server itself answers, in its order.
---@param method string
---@param params table
---@return table
function Child:ask(method, params)
  local answer = self:lua(
    [[
    local method, params = ...
    local client = vim.lsp.get_clients({ name = 'codetriever' })[1]
    local answer, problem = client:request_sync(method, params, 30000)
    return answer or { err = { message = problem } }
  ]],
    method,
    params
  )
  assert(not answer.err, answer.err and answer.err.message)
  return answer.result
end

function Child:stop()
  if self.stopped then
    return
  end
  self.stopped = true
  pcall(vim.rpcnotify, self.channel, 'nvim_command', 'qall!')
  if vim.fn.jobwait({ self.channel }, 5000)[1] == -1 then
    vim.fn.jobstop(self.channel)
  end
end

return M
