-- Quickfix and location list: the server's order, and the places that it names.

local Child = require('child')
local suite = require('suite')
local case, equal, truthy = suite.case, suite.equal, suite.truthy

---@return Child
local function ready()
  local child = Child.shared()
  child:edit('src/retry.py')
  child:synced()
  return child
end

local function target(hit)
  local symbol = hit.symbol and hit.symbol.selectionRange.start
  local inside = symbol and symbol.line >= hit.range.start.line and symbol.line <= hit.range['end'].line
  return inside and symbol or hit.range.start
end

for _, query in ipairs({ 'retry sending with growing pauses', 'handle an event', 'open a session' }) do
  case('the order of the server: ' .. query, function()
    local child = ready()
    local hits = child:ask('codetriever/search', { query = query, limit = 30 }).hits
    truthy(#hits > 3, 'there are some')
    local expected = vim.tbl_map(function(hit)
      return { vim.uri_to_fname(hit.uri), target(hit).line + 1 }
    end, hits)
    child:command('Codetriever search ++quickfix ' .. query)
    child:wait('#vim.fn.getqflist() > 0')
    local shown = child:lua([[
      return vim.tbl_map(function(item)
        return { vim.api.nvim_buf_get_name(item.bufnr), item.lnum }
      end, vim.fn.getqflist())
    ]])
    equal(shown, expected)
  end)
end

case('the order of the server in the location list', function()
  local child = ready()
  local symbols = child:ask('workspace/symbol', { query = 'event' })
  child:command('Codetriever symbols ++loclist event')
  child:wait('vim.fn.getwininfo(vim.fn.win_getid())[1].loclist == 1')
  local shown =
    child:lua('return vim.tbl_map(function(item) return { item.bufnr, item.lnum } end, vim.fn.getloclist(0))')
  equal(#shown, #symbols)
  for index, symbol in ipairs(symbols) do
    equal(shown[index][2], symbol.location.range.start.line + 1)
  end
end)

case('going along the list', function()
  local child = ready()
  child:command('Codetriever! search expire sessions')
  child:wait('#vim.fn.getqflist() > 0')
  child:command('cfirst')
  equal(child:lua('return { vim.fs.basename(vim.api.nvim_buf_get_name(0)), vim.fn.line(".") }'), { 'session.py', 4 })
end)

case('each search is a list of its own', function()
  local child = ready()
  child:command('Codetriever! search expire sessions')
  child:wait('vim.fn.getqflist({ title = 0 }).title == "Search code: expire sessions"')
  child:command('Codetriever! search table rows')
  child:wait('vim.fn.getqflist({ title = 0 }).title == "Search code: table rows"')
  child:command('colder')
  equal(child:lua('return vim.fn.getqflist({ title = 0 }).title'), 'Search code: expire sessions')
end)

case('columns are bytes, also where the server counts otherwise', function()
  local child = Child.start()
  child:lua([[vim.lsp.config('codetriever', { capabilities = { general = { positionEncodings = { 'utf-16' } } } })]])
  child:edit('web/üniform.js')
  child:synced()
  equal(child:lua('return vim.lsp.get_clients()[1].offset_encoding'), 'utf-16')
  child:command('Codetriever! search formatPrice kind:function')
  child:wait('#vim.fn.getqflist() > 0')
  child:command('cfirst')
  equal(child:lua('return vim.fn.expand("<cword>")'), 'formatPrice')
  child:stop()
end)

case('nothing fits', function()
  local child = ready()
  child:command('Codetriever! search retry lang:cobol')
  child:told('nothing fits')
  equal(child:lua('return #vim.fn.getqflist()'), 0)
end)
