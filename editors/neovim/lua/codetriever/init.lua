-- What can be called from Lua. Nothing here needs setup().

local M = {}

---Options as a call, for plugin managers; the same as setting vim.g.codetriever before the plugin is loaded.
---@param opts? table fields of codetriever.Options
function M.setup(opts)
  vim.g.codetriever = vim.tbl_extend('force', vim.g.codetriever or {}, opts or {})
  if vim.g.codetriever.enable == false then
    vim.lsp.enable('codetriever', false)
  end
end

---@class codetriever.Opts
---@field query? string typed at first; filters like lang:go may be among it
---@field to? string a picker, 'quickfix' or 'loclist'; the picker of the options without it
---@field limit? integer
---@field mode? 'hybrid'|'lexical'|'semantic'

---@param source codetriever.Source
---@param opts codetriever.Opts
local function show(source, opts)
  require('codetriever.pickers').show(source, opts.to)
end

---Searches while typing.
---@param opts? codetriever.Opts
function M.search(opts)
  opts = vim.tbl_extend('keep', opts or {}, { bufnr = vim.api.nvim_get_current_buf() })
  show(require('codetriever.sources').search(opts), opts)
end

---@param bufnr integer
---@param first? integer from 1
---@param last? integer
---@return fun(client: vim.lsp.Client): table
local function place(bufnr, first, last)
  local document = { uri = vim.uri_from_bufnr(bufnr) }
  local line = vim.api.nvim_win_get_cursor(0)[1] - 1
  return function()
    if first then
      local range = { start = { line = first - 1, character = 0 }, ['end'] = { line = last or first, character = 0 } }
      return { textDocument = document, range = range }
    end
    return { textDocument = document, position = { line = line, character = 0 } }
  end
end

---Finds code like some lines; without `first` like what the cursor is in.
---@param opts? codetriever.Opts|{ first?: integer, last?: integer, params?: table }
function M.similar(opts)
  opts = vim.tbl_extend('keep', opts or {}, { bufnr = vim.api.nvim_get_current_buf() })
  if not opts.params and (vim.bo[opts.bufnr].buftype ~= '' or vim.api.nvim_buf_get_name(opts.bufnr) == '') then
    return require('codetriever.notify').warn('similar code can be found for files only')
  end
  opts.place = opts.params or place(opts.bufnr, opts.first, opts.last)
  show(require('codetriever.sources').similar(opts), opts)
end

---Finds definitions by name.
---@param opts? codetriever.Opts
function M.symbols(opts)
  opts = vim.tbl_extend('keep', opts or {}, { bufnr = vim.api.nvim_get_current_buf() })
  show(require('codetriever.sources').symbols(opts), opts)
end

---Shows the state of index and engine in a window.
function M.status()
  require('codetriever.status').show()
end

---Compares every file with the index; with `full`, prepares each anew.
---@param opts? { full?: boolean }
function M.reindex(opts)
  local notify = require('codetriever.notify')
  local full = opts ~= nil and opts.full == true
  local about = { slot = 'reindex', method = 'codetriever/reindex' }
  about.params = function(client)
    return { folder = client.root_dir and vim.uri_from_fname(client.root_dir), full = full }
  end
  require('codetriever.request').send(about, function(problem)
    if problem then
      notify.warn(problem)
    else
      notify.info(full and 'every file is being indexed anew' or 'every file is being compared with the index')
    end
  end)
end

---Opens the log of the engine.
function M.log()
  require('codetriever.log').open()
end

---A word on the index, for a statusline; empty where no server is concerned.
---@param bufnr? integer
---@return string
function M.statusline(bufnr)
  return require('codetriever.statusline').text(bufnr)
end

---What is typed, as the parameters of `codetriever/search`, for pickers of one's own.
---@param typed string
---@return codetriever.Query
function M.parse(typed)
  return require('codetriever.query').parse(typed)
end

return M
