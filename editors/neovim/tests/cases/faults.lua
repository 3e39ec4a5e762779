-- Engine and server are killed and come back.

local Child = require('child')
local suite = require('suite')
local case, equal, truthy = suite.case, suite.equal, suite.truthy

---@return Child
local function ready()
  local child = Child.start()
  child:edit('src/retry.py')
  child:synced()
  return child
end

---@param child Child
---@return integer pid
local function server_of(child)
  local pids = child:lua('return vim.api.nvim_get_proc_children(vim.fn.getpid())')
  equal(#pids, 1, 'children of Neovim')
  return pids[1]
end

---@param child Child
local function found(child)
  child:command('Codetriever! search expire sessions')
  child:wait('vim.fn.getqflist()[1] and vim.fn.getqflist()[1].text:find("expire_sessions")')
  child:lua('vim.fn.setqflist({}, "r")')
end

case('the engine is killed', function()
  local child = ready()
  local pid = child:ask('codetriever/status', vim.empty_dict()).engine.pid
  vim.uv.kill(pid, 'sigkill')
  found(child)
  truthy(child:ask('codetriever/status', vim.empty_dict()).engine.pid ~= pid, 'another engine')
  equal(child:lua('return #vim.lsp.get_clients()'), 1)
  child:stop()
end)

case('the server is killed', function()
  local child = ready()
  local id = child:lua('return vim.lsp.get_clients()[1].id')
  vim.uv.kill(server_of(child), 'sigkill')
  child:wait(
    'vim.lsp.get_clients()[1] and vim.lsp.get_clients()[1].id ~= ... and vim.lsp.get_clients()[1].initialized',
    nil,
    id
  )
  truthy(child:lua('return #vim.lsp.get_clients({ bufnr = 0 }) == 1'), 'the buffer is attached again')
  found(child)
  truthy(not child:messages():find('traceback', 1, true), child:messages())
  child:stop()
end)

case('the server is killed in the middle of a search', function()
  local child = ready()
  local pid = server_of(child)
  vim.uv.kill(pid, 'sigstop')
  child:command('Codetriever! search expire sessions')
  vim.uv.kill(pid, 'sigkill')
  child:wait(
    'vim.fn.getqflist()[1] and vim.fn.getqflist()[1].text:find("expire_sessions")',
    'the answer of its successor'
  )
  child:stop()
end)

case('engine and server are killed', function()
  local child = ready()
  local engine = child:ask('codetriever/status', vim.empty_dict()).engine.pid
  vim.uv.kill(engine, 'sigkill')
  vim.uv.kill(server_of(child), 'sigkill')
  found(child)
  child:stop()
end)

case('a server that is stopped stays stopped', function()
  local child = ready()
  child:lua([[
    _G.exits = 0
    local revive = require('codetriever.revive')
    local on_exit = revive.on_exit
    revive.on_exit = function(...) on_exit(...) _G.exits = _G.exits + 1 end
    vim.lsp.get_clients()[1]:stop()
  ]])
  child:wait('_G.exits == 1')
  child:lua('vim.wait(600)')
  equal(child:lua('return #vim.lsp.get_clients()'), 0)
  found(child)
  child:stop()
end)

case('a server that keeps crashing is left alone', function()
  local child = Child.start({ options = { enable = false } })
  child:lua([[
    vim.lsp.config('codetriever', { cmd = { 'sh', '-c', 'exit 3' } })
    _G.pauses = {}
    local later = vim.defer_fn
    vim.defer_fn = function(action, pause)
      if pause >= 200 then
        table.insert(_G.pauses, pause)
        return later(action, 20)
      end
      return later(action, pause)
    end
    vim.lsp.enable('codetriever')
  ]])
  child:edit('src/retry.py')
  child:told('the server keeps crashing and is left alone')
  equal(child:lua('return _G.pauses'), { 200, 1000, 3000, 10000, 30000 })
  child:stop()
end)
