-- The window of :Codetriever status.

local grouped = require('codetriever.statusline').grouped
local request = require('codetriever.request')

local M = {}

local MEBIBYTE = 1024 * 1024

---@param counts table<string, integer>
---@return string like "12 python, 3 go"
local function listed(counts)
  local names = vim.tbl_keys(counts)
  table.sort(names, function(one, other)
    return counts[one] > counts[other] or (counts[one] == counts[other] and one < other)
  end)
  return table.concat(
    vim.tbl_map(function(name)
      return ('%s %s'):format(grouped(counts[name]), name)
    end, names),
    ', '
  )
end

---@param folder table a FolderInfo
---@return string[]
local function of_folder(folder)
  local state = folder.state
  if folder.pending > 0 then
    state = ('%s, %s files wait'):format(state, grouped(folder.pending))
  end
  local contents = ('%s files, %s chunks, %s symbols'):format(
    grouped(folder.files),
    grouped(folder.chunks),
    grouped(folder.symbols)
  )
  local lines = {
    vim.fn.fnamemodify(vim.uri_to_fname(folder.folder), ':~'),
    '  state      ' .. state,
    '  holds      ' .. contents,
    '  languages  ' .. listed(folder.languages),
    ('  model      %s (%s)'):format(folder.model.name, folder.model.source),
    '  changes    ' .. (folder.watcher == 'off' and 'not watched' or folder.watcher .. ' watching'),
    ('  index      %.1f MiB in %s'):format(folder.storeBytes / MEBIBYTE, folder.storePath),
  }
  if next(folder.skipped) then
    table.insert(lines, '  left out   ' .. listed(folder.skipped))
  end
  if folder.lastError then
    table.insert(lines, '  problem    ' .. require('codetriever.notify').short(folder.lastError))
  end
  return lines
end

---@param status table a StatusResult
---@return string[]
function M.lines(status)
  local engine = status.engine
  local lines = {}
  for _, folder in ipairs(status.folders) do
    vim.list_extend(lines, of_folder(folder))
    table.insert(lines, '')
  end
  vim.list_extend(lines, {
    ('Engine %s, process %d, %d clients'):format(engine.version, engine.pid, engine.clients),
    ('  memory     %.0f MiB'):format(engine.memoryBytes / MEBIBYTE),
    ('  files      %s'):format(engine.cacheDir),
  })
  return lines
end

function M.show()
  local about = { slot = 'status', method = 'codetriever/status', params = vim.empty_dict() }
  request.send(about, function(problem, result)
    if problem then
      return require('codetriever.notify').warn(problem)
    end
    require('codetriever.ui.float').text('Codetriever', M.lines(result))
  end)
end

return M
