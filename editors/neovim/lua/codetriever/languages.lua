-- Names of languages for completion: those of the index, or some that are common.

local clients = require('codetriever.client')

local M = {}

-- stylua: ignore
local COMMON = {
  'bash', 'c', 'cpp', 'csharp', 'css', 'go', 'html', 'java', 'javascript', 'json', 'kotlin', 'lua', 'markdown',
  'php', 'python', 'ruby', 'rust', 'swift', 'toml', 'typescript', 'yaml',
}
local PATIENCE_MS = 300

---@return string[] most frequent first, where the index knows
function M.known()
  local client = clients.find()
  local answer = client and client:request_sync('codetriever/status', vim.empty_dict(), PATIENCE_MS)
  local counts = {}
  for _, folder in ipairs(answer and answer.result and answer.result.folders or {}) do
    for name, count in pairs(folder.languages) do
      counts[name] = (counts[name] or 0) + count
    end
  end
  local names = vim.tbl_keys(counts)
  table.sort(names, function(one, other)
    return counts[one] > counts[other] or (counts[one] == counts[other] and one < other)
  end)
  return #names > 0 and names or COMMON
end

return M
