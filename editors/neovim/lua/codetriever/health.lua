-- :checkhealth codetriever: what is wrong, and what to do.

local clients = require('codetriever.client')
local options = require('codetriever.options')
local server = require('codetriever.server')

local health = vim.health

local M = {}

local QUICK_MS, DOCTOR_MS = 5000, 60000
local INSTALL = 'Install it (uv tool install codetriever-lsp, or pipx install codetriever-lsp), or name it: '
  .. "vim.lsp.config('codetriever', { cmd = { '/path/to/codetriever-lsp' } })"

---@param command string[]
---@param timeout integer milliseconds
---@return vim.SystemCompleted? result
---@return string? problem
local function run(command, timeout)
  local config = vim.lsp.config.codetriever
  local ok, process = pcall(vim.system, command, { text = true, env = config.cmd_env, timeout = timeout })
  if not ok then
    return nil, (tostring(process):gsub('^.-: ', ''))
  end
  return process:wait()
end

local function check_neovim()
  health.start('codetriever: Neovim')
  local version = tostring(vim.version())
  if vim.fn.has('nvim-0.11') == 1 then
    health.ok('Neovim ' .. version)
  else
    health.error('Neovim ' .. version .. ' is too old', { 'Install Neovim 0.11 or newer.' })
  end
  local problems = options.problems()
  for _, problem in ipairs(problems) do
    health.warn('vim.g.codetriever: ' .. problem, { 'See :help codetriever-options.' })
  end
  if #problems == 0 then
    health.ok('options: ' .. (vim.g.codetriever and 'all are known' or 'the defaults'))
  end
end

---@return boolean whether there is a server
local function check_server()
  health.start('codetriever: server')
  local problem = server.problem()
  local command = server.command()
  if problem then
    health.error(problem:gsub('; see.*', ''), { INSTALL })
    return false
  elseif not command then
    health.info('vim.lsp.config connects to the server in a way of its own')
    return true
  end
  health.ok('found at ' .. vim.fn.exepath(command[1]))
  local result, failure = run(server.with('--version'), QUICK_MS)
  if not result or result.code ~= 0 then
    local said = failure or (result.stderr or ''):match('[^\n]*$') or ''
    health.error('it does not run: ' .. said, { INSTALL })
    return false
  end
  health.ok('version ' .. (result.stdout:match('[%d.]+%S*') or vim.trim(result.stdout)))
  return true
end

---What the server finds wrong with its own installation.
local function check_installation()
  health.start('codetriever: installation')
  local command = server.with('doctor', '--json')
  local result = command and run(command, DOCTOR_MS)
  local ok, checks = pcall(vim.json.decode, result and result.stdout or '')
  if not ok or type(checks) ~= 'table' then
    health.warn('codetriever-lsp doctor gives no answer', { 'Run it in a terminal.' })
    return
  end
  for _, check in ipairs(checks) do
    local report = ({ ok = health.ok, warn = health.warn, fail = health.error })[check.state] or health.info
    report(
      ('%s: %s'):format(check.name, check.message),
      check.advice and check.advice ~= '' and { check.advice } or nil
    )
  end
end

---@param folder table a FolderInfo
local function check_folder(folder)
  local path = vim.fn.fnamemodify(vim.uri_to_fname(folder.folder), ':~')
  local text = ('%s: %s, %d files'):format(path, folder.state, folder.files)
  if folder.lastError then
    health.warn(text .. ', ' .. folder.lastError, { 'See :Codetriever log.' })
  elseif folder.state == 'empty' then
    health.warn(text, { 'See :help codetriever-ignored for what is not indexed.' })
  else
    health.ok(text)
  end
  if folder.watcher == 'off' then
    health.warn(path .. ': files changed behind the editor are not noticed', { 'Set watcher to native or polling.' })
  end
end

local function check_clients()
  health.start('codetriever: folders')
  local running = vim.lsp.get_clients({ name = clients.NAME })
  if #running == 0 then
    local advice = (not vim.lsp.is_enabled or vim.lsp.is_enabled(clients.NAME))
        and 'Open a file of a project, or :Codetriever search.'
      or "Call vim.lsp.enable('codetriever'), or use :Codetriever search, which starts it."
    health.info('no server is running in this Neovim. ' .. advice)
  end
  for _, client in ipairs(running) do
    local answer = client:request_sync('codetriever/status', vim.empty_dict(), QUICK_MS)
    if not answer or answer.err then
      local why = answer and answer.err.message or 'it did not answer in time'
      health.error('no status: ' .. why, { 'See :Codetriever log; codetriever-lsp stop ends a stuck engine.' })
    else
      vim.iter(answer.result.folders):each(check_folder)
    end
  end
end

local function check_pickers()
  health.start('codetriever: pickers')
  local chosen = options.get().picker
  local names = require('codetriever.pickers').NAMES
  if not vim.list_contains(names, chosen) then
    health.error(('%s is no picker'):format(chosen), { 'Choose one of ' .. table.concat(names, ', ') .. '.' })
    return
  end
  for _, name in ipairs(names) do
    local there = require('codetriever.pickers.' .. name).available()
    if name == chosen and there then
      health.ok(name .. ' is used')
    elseif name == chosen then
      health.error(name .. ' is chosen and not there', { 'Install it, or set the option picker to builtin.' })
    else
      health.info(name .. (there and ' can be used' or ' is not installed'))
    end
  end
end

function M.check()
  check_neovim()
  if check_server() then
    check_installation()
    check_clients()
  end
  check_pickers()
end

return M
