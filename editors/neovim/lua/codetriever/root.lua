-- Which folder is searched: the repository of a file, else its project, else the current directory.

local M = {}

local MARKERS = {
  { '.codetrieverignore' },
  { '.git', '.hg', '.jj', '.svn' },
  { 'pyproject.toml', 'package.json', 'Cargo.toml', 'go.mod', 'pom.xml', 'build.gradle', 'CMakeLists.txt', 'Makefile' },
}

---A home folder or a whole disk is nobody's project.
---@param folder string
local function too_much(folder)
  local home = vim.uv.os_homedir()
  return folder == vim.fs.dirname(folder) or (home ~= nil and folder == vim.fs.normalize(home))
end

---@param path string absolute path of a file or a folder
---@return string? folder nil where there is none that should be indexed
function M.of_path(path)
  path = vim.fs.normalize(path)
  for _, names in ipairs(MARKERS) do
    local folder = vim.fs.root(path, names)
    if folder and not too_much(folder) then
      return folder
    end
  end
  local cwd = vim.fs.normalize(vim.fn.getcwd())
  if (path == cwd or vim.startswith(path, cwd .. '/')) and not too_much(cwd) then
    return cwd
  end
end

---The root_dir function of the server's configuration.
---@param bufnr integer
---@param on_dir fun(root: string) not called where the server has nothing to do
function M.of_buffer(bufnr, on_dir)
  local name = vim.api.nvim_buf_get_name(bufnr)
  if name == '' or name:match('^%a[%w+.-]+://') then
    return
  end
  local folder = M.of_path(name)
  if folder then
    on_dir(folder)
  end
end

return M
