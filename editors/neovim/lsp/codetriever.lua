-- Semantic code search. Everything here can be changed with vim.lsp.config('codetriever', { … }).

---@type vim.lsp.Config
return {
  cmd = { 'codetriever-lsp' },
  root_dir = function(bufnr, on_dir)
    require('codetriever.root').of_buffer(bufnr, on_dir)
  end,
  -- The server watches files itself; a second watch on everything below the root would only cost.
  capabilities = { workspace = { didChangeWatchedFiles = { dynamicRegistration = false } } },
  handlers = {
    ['codetriever/indexStatus'] = function(_, state, context)
      require('codetriever.index_state').take(context.client_id, state)
    end,
  },
  commands = {
    -- The code action "Find similar code": its hits are to be seen, so the client asks for them itself.
    ['codetriever.similar'] = function(command)
      require('codetriever').similar({ params = command.arguments[1] })
    end,
  },
  before_init = function()
    require('codetriever.index_state').watch()
  end,
  on_exit = function(code, signal, client_id)
    require('codetriever.revive').on_exit(code, signal, client_id)
  end,
}
