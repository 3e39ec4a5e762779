-- Keys and events of the prompt.

local M = {}

---@param session codetriever.Session
local function keys(session)
  local function pressed(action, ...)
    local arguments = { ... }
    return function()
      session[action](session, unpack(arguments))
    end
  end
  local insert = {
    ['<CR>'] = pressed('open', 'edit'),
    ['<C-s>'] = pressed('open', 'split'),
    ['<C-x>'] = pressed('open', 'split'),
    ['<C-v>'] = pressed('open', 'vsplit'),
    ['<C-t>'] = pressed('open', 'tab'),
    ['<C-q>'] = pressed('list', false),
    ['<C-l>'] = pressed('list', true),
    ['<C-n>'] = pressed('move', 1),
    ['<C-j>'] = pressed('move', 1),
    ['<Down>'] = pressed('move', 1),
    ['<C-p>'] = pressed('move', -1),
    ['<C-k>'] = pressed('move', -1),
    ['<Up>'] = pressed('move', -1),
    ['<C-d>'] = pressed('scroll', 1),
    ['<C-u>'] = pressed('scroll', -1),
    ['<PageDown>'] = pressed('scroll', 1),
    ['<PageUp>'] = pressed('scroll', -1),
    ['<C-c>'] = pressed('close'),
    ['<Esc>'] = pressed('close'),
  }
  return insert
end

---@param key string
---@param action fun()
---@return fun(): string? for an expression mapping: keys of the completion menu stay its own
local function unless_menu(key, action)
  return function()
    if vim.fn.pumvisible() == 1 then
      local own = { ['<CR>'] = '<C-y>', ['<Esc>'] = '<C-e>' }
      return vim.keycode(own[key] or key)
    end
    vim.schedule(action)
    return ''
  end
end

---@param session codetriever.Session
local function events(session)
  local group = vim.api.nvim_create_augroup('codetriever.session', {})
  local function on(names, opts, action)
    opts.group = group
    opts.callback = action
    vim.api.nvim_create_autocmd(names, opts)
  end
  on({ 'TextChanged', 'TextChangedI', 'TextChangedP' }, { buffer = session.buffers.prompt }, function()
    session:ask_soon()
  end)
  on('WinLeave', { buffer = session.buffers.prompt }, function()
    vim.schedule(function()
      session:close()
    end)
  end)
  on('VimResized', {}, function()
    if not session.closed then
      session:arrange()
    end
  end)
  -- What is on the screen may have been answered by an index that was not complete.
  on('User', { pattern = 'CodetrieverIndexStatus' }, function(args)
    if not session.closed and args.data.state.state ~= 'indexing' and session.incomplete then
      session.asked = nil
      session:ask()
    end
  end)
end

---@param session codetriever.Session
function M.attach(session)
  local bufnr = session.buffers.prompt
  vim.bo[bufnr].filetype = 'codetriever_prompt'
  vim.b[bufnr].completion = false
  local insert = keys(session)
  for key, action in pairs(insert) do
    vim.keymap.set('i', key, unless_menu(key, action), { buffer = bufnr, expr = true, replace_keycodes = false })
    vim.keymap.set('n', key, action, { buffer = bufnr, nowait = true })
  end
  vim.keymap.set('i', '<Tab>', function()
    if vim.fn.pumvisible() == 1 then
      return '<C-n>'
    end
    -- The menu cannot be opened while a mapping is being evaluated.
    vim.schedule(function()
      session:complete()
    end)
    return ''
  end, { buffer = bufnr, expr = true })
  vim.keymap.set('n', 'q', insert['<Esc>'], { buffer = bufnr, nowait = true })
  vim.keymap.set('n', 'j', insert['<Down>'], { buffer = bufnr })
  vim.keymap.set('n', 'k', insert['<Up>'], { buffer = bufnr })
  events(session)
end

return M
