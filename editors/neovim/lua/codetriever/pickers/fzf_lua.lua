-- fzf-lua. fzf shows what it is given; its own filter is off while it is live.

local items = require('codetriever.items')
local sources = require('codetriever.sources')

local M = {}

function M.available()
  return (pcall(require, 'fzf-lua'))
end

---Like the output of grep, which fzf-lua can open, preview and send to the quickfix list.
---@param item codetriever.Item
local function line(item)
  return ('%s:%d:%d: %s'):format(vim.fn.fnamemodify(item.path, ':.'), item.lnum, item.col, items.line(item))
end

---@param source codetriever.Source
---@return fun(arguments: string[]|string): fun(write: fun(line?: string))
local function contents(source)
  local cancel = function() end
  return function(arguments)
    local typed = type(arguments) == 'table' and arguments[1] or arguments or ''
    return function(write)
      vim.schedule(function()
        cancel()
        cancel = sources.ask(source, typed, function(answer)
          for _, item in ipairs(answer.items) do
            write(line(item))
          end
          write(nil)
          if answer.problem then
            require('codetriever.notify').warn(answer.problem)
          end
        end)
      end)
    end
  end
end

---@param source codetriever.Source
function M.show(source)
  local actions = require('fzf-lua.actions')
  require('fzf-lua').fzf_live(contents(source), {
    prompt = source.title .. '> ',
    query = source.typed,
    previewer = 'builtin',
    exec_empty_query = true,
    query_delay = require('codetriever.options').get().debounce_ms,
    fzf_opts = { ['--no-sort'] = true, ['--multi'] = true },
    actions = {
      ['enter'] = actions.file_edit_or_qf,
      ['ctrl-s'] = actions.file_split,
      ['ctrl-v'] = actions.file_vsplit,
      ['ctrl-t'] = actions.file_tabedit,
      ['alt-q'] = actions.file_sel_to_qf,
      ['alt-l'] = actions.file_sel_to_ll,
    },
  })
end

return M
