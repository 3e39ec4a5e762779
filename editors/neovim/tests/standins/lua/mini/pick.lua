-- Stands in for mini.pick. The real one blocks until it is closed; so does this one, with `quit`.
local M = {}
local active, tick = nil, 0

function M.get_querytick()
  return tick
end

function M.is_picker_active()
  return active ~= nil
end

function M.set_picker_items(items, opts)
  _G.shown.items, _G.shown.opts = items, opts
end

function M.set_picker_query(query)
  tick = tick + 1
  _G.shown.typed = table.concat(query)
  active.source.match({}, {}, query)
end

function M.start(opts)
  active = opts
  _G.shown = { title = opts.source.name }
  opts.source.match({}, {}, {})
  vim.api.nvim_exec_autocmds('User', { pattern = 'MiniPickStart' })
  vim.wait(20000, function()
    return _G.quit
  end, 10)
  active = nil
end

return M
