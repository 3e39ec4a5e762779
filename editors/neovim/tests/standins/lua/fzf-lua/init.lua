-- Stands in for fzf-lua.
return {
  fzf_live = function(contents, opts)
    local shown = { opts = opts, typed = opts.query }
    function shown.type(text)
      shown.lines, shown.complete = {}, false
      contents({ text })(function(line)
        if line then
          table.insert(shown.lines, line)
        else
          shown.complete = true
        end
      end)
    end
    _G.shown = shown
    shown.type(opts.query)
  end,
}
