-- Runs the cases and counts. Started by run.sh.

local here = vim.fs.dirname(vim.fs.normalize(vim.fn.fnamemodify(debug.getinfo(1, 'S').source:sub(2), ':p')))
package.path = here .. '/?.lua;' .. package.path

local suite = require('suite')

local CASES = { 'plugin', 'queries', 'commands', 'live', 'lists', 'pickers', 'index', 'health', 'faults', 'logs' }

for _, name in ipairs(CASES) do
  suite.group(name)
  require('cases.' .. name)
end
os.exit(suite.run(arg) and 0 or 1, true)
