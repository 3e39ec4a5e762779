return { values = { grep_previewer = function() end } }
