-- Stands in for telescope.nvim: as much of its public interface as the adapter uses.
return {
  register_extension = function(extension)
    return extension
  end,
}
