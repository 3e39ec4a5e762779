-- The search that needs no other plugin.

local M = {}

function M.available()
  return require('codetriever.ui.layout').fits()
end

---@param source codetriever.Source
function M.show(source)
  require('codetriever.ui.session').start(source)
end

return M
