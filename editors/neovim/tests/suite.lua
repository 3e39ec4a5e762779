-- A small test suite: cases, what they expect, and the count at the end.

local M = {}

---@type { group: string, name: string, run: fun() }[]
local cases = {}
local group = ''

---@param name string
function M.group(name)
  group = name
end

---@param name string
---@param run fun()
function M.case(name, run)
  table.insert(cases, { group = group, name = name, run = run })
end

---@param actual any
---@param expected any
---@param about? string
function M.equal(actual, expected, about)
  if not vim.deep_equal(actual, expected) then
    local text = ('%sexpected %s, not %s'):format(
      about and about .. ': ' or '',
      vim.inspect(expected),
      vim.inspect(actual)
    )
    error(text, 2)
  end
end

---@param condition any
---@param about string
function M.truthy(condition, about)
  if not condition then
    error(about, 2)
  end
end

---@param text string
---@param part string plain text
function M.contains(text, part)
  if not tostring(text):find(part, 1, true) then
    error(('no %q in %s'):format(part, vim.inspect(text)), 2)
  end
end

---@param only string[] parts of names
local function wanted(case, only)
  local whole = case.group .. ': ' .. case.name
  for _, part in ipairs(only) do
    if whole:find(part, 1, true) then
      return true
    end
  end
  return #only == 0
end

---@param only string[]
---@return boolean whether all passed
function M.run(only)
  local passed, failed = 0, 0
  for _, case in ipairs(cases) do
    if wanted(case, only) then
      local begun = vim.uv.hrtime()
      local ok, problem = xpcall(case.run, function(problem)
        local place = debug.traceback('', 2):match('cases/%w+%.lua:%d+') or ''
        local short = tostring(problem):gsub('\nstack traceback.*', '')
        return ('%s [%s]'):format(short, place)
      end)
      local seconds = (vim.uv.hrtime() - begun) / 1e9
      io.write(('%s %s: %s (%.1f s)\n'):format(ok and 'ok  ' or 'FAIL', case.group, case.name, seconds))
      if ok then
        passed = passed + 1
      else
        failed = failed + 1
        io.write('     ' .. tostring(problem):gsub('\n', '\n     ') .. '\n')
      end
      io.flush()
    end
  end
  require('child').stop_all()
  io.write(('%d passed, %d failed\n'):format(passed, failed))
  return failed == 0 and passed > 0
end

return M
