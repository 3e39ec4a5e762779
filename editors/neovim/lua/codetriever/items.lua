-- Hits of the server as places that lists and windows can show. Their order is the server's, always.

local buffers = require('codetriever.buffers')
local kinds = require('codetriever.kinds')

local M = {}

---@class codetriever.Item
---@field path string absolute
---@field shown string path relative to the root
---@field lnum integer where to go, from 1
---@field col integer in bytes, from 1
---@field first integer first line of the whole, from 1
---@field last integer last line of the whole, from 1
---@field text string a line of code
---@field name? string of the definition
---@field container? string
---@field kind? string
---@field score? number

---@param path string
---@param row integer from 0
---@return string
local function line_of(path, row)
  local bufnr = buffers.loaded(path)
  if bufnr then
    return vim.api.nvim_buf_get_lines(bufnr, row, row + 1, false)[1] or ''
  end
  local ok, lines = pcall(vim.fn.readfile, path, '', row + 1)
  return ok and lines[row + 1] or ''
end

---@param path string
---@param position lsp.Position
---@param encoding string
---@return integer column in bytes, from 1
local function column(path, position, encoding)
  if position.character == 0 or encoding == 'utf-8' then
    return position.character + 1
  end
  local line = line_of(path, position.line)
  return vim.str_byteindex(line, encoding, position.character, false) + 1
end

---@param range lsp.Range
---@param position lsp.Position
local function inside(range, position)
  return position.line >= range.start.line and position.line <= range['end'].line
end

---@param snippet string
---@param offset integer lines to the one that is wanted
---@return string line that one, or the first that says something
local function telling(snippet, offset)
  local lines = vim.split(snippet, '\n', { plain = true })
  local line = lines[offset + 1]
  if line and line:find('%w') then
    return vim.trim(line)
  end
  for _, other in ipairs(lines) do
    if other:find('%w') then
      return vim.trim(other)
    end
  end
  return vim.trim(lines[1] or '')
end

---@param path string
---@param root? string
local function shown(path, root)
  if root and vim.startswith(path, root .. '/') then
    return path:sub(#root + 2)
  end
  return vim.fn.fnamemodify(path, ':~')
end

---A hit leads to the name of its definition; a piece of a long one leads to its own first line.
---@param hit table a Hit of codetriever/search or similar
---@param client vim.lsp.Client
---@return codetriever.Item
local function of_hit(hit, client)
  local path = vim.uri_to_fname(hit.uri)
  local target = hit.range.start
  if hit.symbol and inside(hit.range, hit.symbol.selectionRange.start) then
    target = hit.symbol.selectionRange.start
  end
  return {
    path = path,
    shown = shown(vim.fs.normalize(path), client.root_dir),
    lnum = target.line + 1,
    col = column(path, target, client.offset_encoding),
    first = hit.range.start.line + 1,
    last = hit.range['end'].line + 1,
    text = telling(hit.snippet, target.line - hit.range.start.line),
    name = hit.symbol and hit.symbol.name,
    container = hit.symbol and hit.symbol.containerName,
    kind = hit.symbol and kinds.names[hit.symbol.kind],
    score = hit.score,
  }
end

---@param symbol table an entry of workspace/symbol
---@param client vim.lsp.Client
---@return codetriever.Item
local function of_symbol(symbol, client)
  local path = vim.uri_to_fname(symbol.location.uri)
  local range = symbol.location.range
  return {
    path = path,
    shown = shown(vim.fs.normalize(path), client.root_dir),
    lnum = range.start.line + 1,
    col = column(path, range.start, client.offset_encoding),
    first = range.start.line + 1,
    last = range['end'].line + 1,
    text = vim.trim(line_of(path, range.start.line)),
    name = symbol.name,
    container = symbol.containerName,
    kind = kinds.names[symbol.kind],
  }
end

---@param hits table[]
---@param client vim.lsp.Client
---@return codetriever.Item[]
function M.of_hits(hits, client)
  return vim.tbl_map(function(hit)
    return of_hit(hit, client)
  end, hits)
end

---@param symbols table[]
---@param client vim.lsp.Client
---@return codetriever.Item[]
function M.of_symbols(symbols, client)
  return vim.tbl_map(function(symbol)
    return of_symbol(symbol, client)
  end, symbols)
end

---One line that says what an item is, for lists without columns.
---@param item codetriever.Item
---@return string
function M.line(item)
  local name = item.name
  if name and item.container and item.container ~= '' then
    name = item.container .. '.' .. name
  end
  if not name or item.text == item.name then
    return name or item.text
  end
  return ('%s  %s'):format(name, item.text)
end

---An item as the quickfix list and most pickers want it.
---@param item codetriever.Item
---@return table
function M.quickfix(item)
  return {
    filename = item.path,
    lnum = item.lnum,
    col = item.col,
    text = M.line(item),
    user_data = { codetriever = { first = item.first, last = item.last, score = item.score } },
  }
end

return M
