-- Runs the finder at once and keeps what it found; `type` stands for typing.
return {
  new = function(_, spec)
    local shown = { sorter = spec.sorter, title = spec.prompt_title, typed = spec.default_text }
    function shown.type(text)
      shown.entries, shown.complete = {}, false
      spec.finder(text, function(entry)
        table.insert(shown.entries, entry)
      end, function()
        shown.complete = true
      end)
    end
    return {
      find = function()
        _G.shown = shown
        shown.type(spec.default_text)
      end,
    }
  end,
}
