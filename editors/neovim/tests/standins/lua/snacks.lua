-- Stands in for snacks.nvim: its finders run in coroutines, and where Neovim's functions cannot be called.
return {
  picker = {
    pick = function(opts)
      local shown = { opts = opts, typed = opts.search }
      function shown.type(text)
        shown.items, shown.complete = {}, false
        local thread
        local task = {
          resume = function()
            assert(coroutine.resume(thread))
          end,
          suspend = coroutine.yield,
          on = function() end,
          aborted = function()
            return false
          end,
        }
        local find = opts.finder(opts, { filter = { search = text }, async = task })
        thread = coroutine.create(function()
          find(function(item)
            item.line = ''
            for _, part in ipairs(opts.format(item)) do
              item.line = item.line .. part[1]
            end
            table.insert(shown.items, item)
          end)
          shown.complete = true
        end)
        local timer = assert(vim.uv.new_timer())
        timer:start(0, 0, function()
          timer:close()
          assert(coroutine.resume(thread))
        end)
      end
      _G.shown = shown
      shown.type(opts.search)
    end,
  },
}
