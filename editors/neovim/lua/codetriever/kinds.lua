-- Symbol kinds by their LSP names; LSP's number of a kind is its place here.

local M = {}

-- stylua: ignore
M.names = {
  'file', 'module', 'namespace', 'package', 'class', 'method', 'property', 'field', 'constructor', 'enum',
  'interface', 'function', 'variable', 'constant', 'string', 'number', 'boolean', 'array', 'object', 'key',
  'null', 'enumMember', 'struct', 'event', 'operator', 'typeParameter',
}

local by_lower = {}
for _, name in ipairs(M.names) do
  by_lower[name:lower()] = name
end

---@param text string in any case
---@return string? name as the server writes it
function M.named(text)
  return by_lower[text:lower()]
end

return M
