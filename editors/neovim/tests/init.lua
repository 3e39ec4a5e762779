-- The configuration of the Neovim under test: little but the plugin on the runtime path, as a user would write it.
vim.opt.runtimepath:prepend(vim.env.CODETRIEVER_TEST_PLUGIN)
if vim.env.CODETRIEVER_TEST_STANDINS then
  vim.opt.runtimepath:prepend(vim.env.CODETRIEVER_TEST_PLUGIN .. '/tests/standins')
end
vim.o.columns = 160
vim.o.lines = 40
vim.o.swapfile = false
vim.o.shada = ''
vim.g.loaded_python3_provider = 0 -- Looking for one takes a second.
local options = vim.env.CODETRIEVER_TEST_OPTIONS or ''
if options ~= '' then
  vim.g.codetriever = vim.json.decode(options)
end
