-- Buffers by their path. bufnr() will not do: it takes brackets and stars in a name for a pattern.

local M = {}

---@param path string absolute
---@return integer? bufnr nil where the file is not loaded
function M.loaded(path)
  path = vim.fs.normalize(path)
  for _, bufnr in ipairs(vim.api.nvim_list_bufs()) do
    if vim.api.nvim_buf_is_loaded(bufnr) and vim.fs.normalize(vim.api.nvim_buf_get_name(bufnr)) == path then
      return bufnr
    end
  end
end

return M
