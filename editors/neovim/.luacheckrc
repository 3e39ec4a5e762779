std = 'luajit'
read_globals = { 'vim' }
globals = { 'vim.g', 'vim.b', 'vim.o', 'vim.bo', 'vim.wo', 'vim.opt', 'vim.v', 'vim.env', 'vim.ui', 'vim.notify' }
max_line_length = 120
unused_args = false
files['tests/'] = { globals = { 'vim', 'MiniPick' } }
