if vim.g.loaded_codetriever then
  return
end
vim.g.loaded_codetriever = true

if vim.fn.has('nvim-0.11') == 0 then
  vim.api.nvim_create_user_command('Codetriever', function()
    vim.notify('codetriever: Neovim 0.11 or newer is needed', vim.log.levels.ERROR)
  end, { nargs = '*' })
  return
end

vim.api.nvim_create_user_command('Codetriever', function(call)
  require('codetriever.command').run(call)
end, {
  nargs = '*',
  range = true,
  bang = true,
  desc = 'Search code by what it does',
  complete = function(lead, line, at)
    return require('codetriever.command').complete(lead, line, at)
  end,
})

local function map(modes, name, action, desc)
  vim.keymap.set(modes, ('<Plug>(codetriever-%s)'):format(name), action, { desc = desc })
end

map('n', 'search', '<Cmd>Codetriever search<CR>', 'Search code')
map('n', 'search-word', function()
  require('codetriever').search({ query = vim.fn.expand('<cword>') })
end, 'Search code for the word under the cursor')
map('x', 'search', function()
  require('codetriever').search({ query = require('codetriever.selection').text() })
end, 'Search code for the selection')
map('n', 'similar', '<Cmd>Codetriever similar<CR>', 'Find code like this line')
map('x', 'similar', ':Codetriever similar<CR>', 'Find code like the selection')
map('n', 'symbols', '<Cmd>Codetriever symbols<CR>', 'Find a definition by name')
map('n', 'status', '<Cmd>Codetriever status<CR>', 'Show the state of the index')

if (vim.g.codetriever or {}).enable ~= false then
  vim.lsp.enable('codetriever')
end
