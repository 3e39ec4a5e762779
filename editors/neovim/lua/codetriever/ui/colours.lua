-- Highlight groups; colour schemes and users may define them before or after.

local M = {}

local LINKS = {
  CodetrieverName = 'Function',
  CodetrieverContainer = 'Comment',
  CodetrieverPath = 'Directory',
  CodetrieverLine = 'LineNr',
  CodetrieverCode = 'Comment',
  CodetrieverNote = 'DiagnosticInfo',
  CodetrieverProblem = 'DiagnosticWarn',
  CodetrieverHint = 'NonText',
  CodetrieverPrompt = 'Special',
  CodetrieverSelected = 'CursorLine',
  CodetrieverRange = 'Visual',
}

function M.define()
  for name, target in pairs(LINKS) do
    vim.api.nvim_set_hl(0, name, { link = target, default = true })
  end
end

return M
