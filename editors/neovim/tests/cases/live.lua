-- The search in floating windows, driven by keys.

local Child = require('child')
local suite = require('suite')
local case, equal, truthy, contains = suite.case, suite.equal, suite.truthy, suite.contains

local CURRENT = 'require("codetriever.ui.session").current()'

---@param command string
---@return Child
local function opened(command)
  local child = Child.shared()
  child:edit('src/retry.py')
  child:synced()
  child:command(command)
  child:wait(CURRENT .. ' ~= nil')
  child:wait('vim.api.nvim_get_mode().mode == "i"')
  return child
end

---@param child Child
---@return string[] names in the order that is shown
local function names(child)
  return child:lua(('return vim.tbl_map(function(item) return item.name or "" end, %s.items)'):format(CURRENT))
end

---@param child Child
---@param typed string the query whose answer is to be shown
local function answered(child, typed)
  child:wait(
    ('(function(typed) local s = %s; return s and s.answered == typed and #s.items > 0 end)(...)'):format(CURRENT),
    'hits for ' .. typed,
    typed
  )
end

case('hits come while typing, in the order of the server', function()
  local child = opened('Codetriever search')
  child:keys('try again when sending fails')
  answered(child, 'try again when sending fails')
  local hits = child:ask('codetriever/search', { query = 'try again when sending fails', limit = 30 }).hits
  local expected = vim.tbl_map(function(hit)
    return hit.symbol and hit.symbol.name or ''
  end, hits)
  equal(names(child), expected)
  local lines = child:lua(('return vim.api.nvim_buf_get_lines(%s.buffers.list, 0, -1, false)'):format(CURRENT))
  equal(#lines, #hits)
  contains(lines[1], 'src/retry.py:12')
end)

case('Enter opens the place and leaves insert mode', function()
  local child = opened('Codetriever search expire sessions')
  answered(child, 'expire sessions')
  child:keys('<CR>')
  child:wait('vim.fs.basename(vim.api.nvim_buf_get_name(0)) == "session.py"')
  equal(child:lua('return vim.api.nvim_win_get_cursor(0)'), { 4, 4 })
  child:wait('vim.api.nvim_get_mode().mode == "n"')
  equal(child:lua('return #vim.api.nvim_list_wins()'), 1)
  child:keys('<C-o>')
  child:wait('vim.fs.basename(vim.api.nvim_buf_get_name(0)) == "retry.py"', 'the place before')
end)

case('the preview follows the selection', function()
  local child = opened('Codetriever search retry')
  answered(child, 'retry')
  local first = child:lua(('return vim.b[%s.buffers.preview].codetriever_path'):format(CURRENT))
  equal(first, child:lua(('return %s.items[1].path'):format(CURRENT)))
  child:keys('<C-n>')
  child:wait(CURRENT .. '.selected == 2')
  local shown = child:lua(([[
    local session = %s
    local marks = vim.api.nvim_buf_get_extmarks(session.buffers.preview, -1, 0, -1, { details = true })
    local rows = {}
    for _, mark in ipairs(marks) do
      if mark[4].line_hl_group then table.insert(rows, mark[2] + 1) end
    end
    local item = session.items[2]
    local path = vim.b[session.buffers.preview].codetriever_path
    return { path == item.path, rows[1] == item.first, rows[#rows] == item.last }
  ]]):format(CURRENT))
  equal(shown, { true, true, true })
  child:keys('<C-p>')
  child:wait(CURRENT .. '.selected == 1')
  local attached = child:lua('return vim.tbl_keys(vim.lsp.get_clients()[1].attached_buffers)')
  for _, bufnr in ipairs(attached) do
    equal(child:lua('return vim.bo[...].buftype', bufnr), '', 'what the server hears of')
  end
end)

case('a file with an odd name', function()
  local child = opened('Codetriever search')
  child:keys('draws the page of one customer')
  answered(child, 'draws the page of one customer')
  equal(names(child)[1], 'renderCustomer')
  child:keys('<CR>')
  child:wait([[vim.fs.basename(vim.api.nvim_buf_get_name(0)) == "[id] it's 100%.js"]])
  child:command('Codetriever! search draws the page of one customer')
  child:wait('vim.bo.buftype == "quickfix"')
  child:command('cfirst')
  equal(child:lua('return vim.fn.expand("<cword>")'), 'renderCustomer')
end)

case('split, vertical split and tab', function()
  for key, check in pairs({
    ['<C-s>'] = 'vim.fn.winlayout()[1] == "col"',
    ['<C-v>'] = 'vim.fn.winlayout()[1] == "row"',
    ['<C-t>'] = 'vim.fn.tabpagenr("$") == 2',
  }) do
    local child = opened('Codetriever search expire sessions')
    answered(child, 'expire sessions')
    child:keys(key)
    child:wait('vim.fs.basename(vim.api.nvim_buf_get_name(0)) == "session.py"')
    truthy(child:lua('return ' .. check), key)
  end
end)

case('quickfix and location list from the search', function()
  local child = opened('Codetriever search retry')
  answered(child, 'retry')
  local shown = names(child)
  child:keys('<C-q>')
  child:wait('vim.bo.buftype == "quickfix"')
  equal(child:lua('return #vim.fn.getqflist()'), #shown)
  child = opened('Codetriever search retry')
  answered(child, 'retry')
  child:keys('<C-l>')
  child:wait('vim.fn.getwininfo(vim.fn.win_getid())[1].loclist == 1')
  equal(child:lua('return #vim.fn.getloclist(0)'), #shown)
end)

case('Escape restores everything', function()
  local child = opened('Codetriever search retry')
  answered(child, 'retry')
  child:keys('<Esc>')
  child:wait('not ' .. CURRENT)
  equal(child:lua('return #vim.api.nvim_list_wins()'), 1)
  child:wait('vim.api.nvim_get_mode().mode == "n"')
  equal(child:lua('return vim.fs.basename(vim.api.nvim_buf_get_name(0))'), 'retry.py')
end)

case('a search that is overtaken is cancelled', function()
  local child = opened('Codetriever search')
  child:lua([[
    _G.cancelled = 0
    local client = vim.lsp.get_clients()[1]
    local notify = client.rpc.notify
    client.rpc.notify = function(method, ...)
      if method == '$/cancelRequest' then _G.cancelled = _G.cancelled + 1 end
      return notify(method, ...)
    end
    local sources = require('codetriever.sources')
    local about = { bufnr = 0 }
    local source = sources.search(about)
    _G.answers = {}
    for _, typed in ipairs({ 'first', 'second', 'retry' }) do
      sources.ask(source, typed, function() table.insert(_G.answers, typed) end)
    end
  ]])
  child:wait('#_G.answers > 0')
  equal(child:lua('return { _G.cancelled, _G.answers }'), { 2, { 'retry' } })
  truthy(not child:messages():find('cancel', 1, true), 'nobody is told of cancelled searches')
end)

case('Tab completes filters', function()
  local child = opened('Codetriever search')
  child:keys('retry kind:fun<Tab>')
  child:wait('vim.fn.pumvisible() == 1 or ' .. CURRENT .. ':typed() == "retry kind:function"')
  child:keys('<C-y>')
  answered(child, 'retry kind:function')
  local kinds = child:lua(('return vim.tbl_map(function(item) return item.kind end, %s.items)'):format(CURRENT))
  for _, kind in ipairs(kinds) do
    equal(kind, 'function')
  end
end)

case('what cannot be meant is told below the list', function()
  local child = opened('Codetriever search')
  local function footer(part)
    local shown = ('vim.inspect(vim.api.nvim_win_get_config(%s.windows.list).footer)'):format(CURRENT)
    child:wait(shown .. ':find(..., 1, true)', part, part)
  end
  footer('Enter open')
  child:keys('retry kind:fun')
  footer('no kind is called fun')
  child:keys('<C-w><C-w>lang:cobol')
  child:keys('<C-w>')
  child:keys(' lang:cobol')
  footer('nothing fits')
end)

case('symbols while typing', function()
  local child = opened('Codetriever symbols')
  child:keys('expse')
  answered(child, 'expse')
  equal(names(child)[1], 'expire_sessions')
end)

case('narrow and small screens', function()
  local child = Child.shared()
  child:edit('src/retry.py')
  for _, size in ipairs({ { 80, 24 }, { 60, 12 }, { 30, 9 }, { 160, 40 } }) do
    child:lua('vim.o.columns, vim.o.lines = ...', unpack(size))
    child:command('Codetriever search retry')
    answered(child, 'retry')
    local inside = child:lua(([[
      for _, winid in pairs(%s.windows) do
        local config = vim.api.nvim_win_get_config(winid)
        if config.row + config.height + 2 > vim.o.lines or config.col + config.width + 2 > vim.o.columns then
          return vim.inspect(config)
        end
      end
      return true
    ]]):format(CURRENT))
    equal(inside, true, ('%d columns, %d lines'):format(size[1], size[2]))
    child:keys('<Esc>')
    child:wait('not ' .. CURRENT)
  end
end)

case('the screen is resized while it is open', function()
  local child = opened('Codetriever search retry')
  answered(child, 'retry')
  child:lua('vim.o.columns, vim.o.lines = 80, 24')
  child:lua('vim.api.nvim_exec_autocmds("VimResized", {})')
  child:wait(CURRENT .. ' ~= nil')
  child:lua('vim.o.columns, vim.o.lines = 160, 40')
  child:lua('vim.api.nvim_exec_autocmds("VimResized", {})')
  truthy(child:lua(('return %s.windows.preview ~= nil'):format(CURRENT)), 'the preview is there again')
  equal(child:lua('return vim.v.errmsg'), '')
end)
