-- What a picker can ask: each source turns what is typed into items.

local grouped = require('codetriever.statusline').grouped
local items = require('codetriever.items')
local options = require('codetriever.options')
local query = require('codetriever.query')
local request = require('codetriever.request')

local M = {}

---@class codetriever.Answer
---@field items codetriever.Item[]
---@field incomplete? boolean whether files still wait to be indexed
---@field note string a line on how far the answer goes; empty where there is nothing to say
---@field problem? string

---@class codetriever.Source
---@field title string
---@field prompt string what to type
---@field typed string what is there at first
---@field bufnr integer where it was asked
---@field asks_nothing fun(typed: string): boolean whether nothing is asked for that
---@field ask fun(typed: string, done: fun(answer: codetriever.Answer)): fun() the latter cancels

local NOTHING = { items = {}, note = '' }

---@param index? codetriever.IndexState
---@param count integer
---@return string
local function note(index, count)
  local state = index and index.state
  if state == 'indexing' then
    return index.pending > 0 and ('still indexing, %s files wait'):format(grouped(index.pending)) or 'still indexing'
  elseif state == 'degraded' then
    return index.message or 'the index is degraded; see :Codetriever status'
  elseif state == 'empty' then
    return 'nothing is indexed here yet'
  elseif count == 0 then
    return 'nothing fits'
  end
  return ''
end

---@param method string
---@param params fun(typed: codetriever.Query, client: vim.lsp.Client): table
---@return fun(typed: string, done: fun(answer: codetriever.Answer)): fun()
local function asking(bufnr, method, params)
  return function(typed, done)
    local parsed = query.parse(typed)
    local about = { slot = 'search', bufnr = bufnr, method = method }
    about.params = function(client)
      return params(parsed, client)
    end
    return request.send(about, function(problem, result, client)
      if problem then
        return done({ items = {}, note = '', problem = problem })
      end
      local hits = items.of_hits(result.hits, client)
      local incomplete = result.index.state == 'indexing' or result.index.state == 'empty'
      done({ items = hits, note = parsed.problem or note(result.index, #hits), incomplete = incomplete })
    end)
  end
end

---@param opts { bufnr: integer, query?: string, limit?: integer, mode?: string }
---@return codetriever.Source
function M.search(opts)
  local chosen = options.get()
  return {
    title = 'Search code',
    prompt = 'what it does, a name, an error · lang:go path:src/** kind:function',
    typed = opts.query or '',
    bufnr = opts.bufnr,
    asks_nothing = function(typed)
      return not query.parse(typed).text:find('[%w\128-\255]')
    end,
    ask = asking(opts.bufnr, 'codetriever/search', function(parsed)
      return {
        query = parsed.text,
        limit = opts.limit or chosen.limit,
        mode = parsed.mode or opts.mode or chosen.mode,
        filters = parsed.filters,
      }
    end),
  }
end

---@param opts { bufnr: integer, place: table|fun(client: vim.lsp.Client): table, query?: string, limit?: integer }
---@return codetriever.Source
function M.similar(opts)
  return {
    title = 'Similar code',
    prompt = 'lang:go path:src/** kind:function narrow it',
    typed = opts.query or '',
    bufnr = opts.bufnr,
    asks_nothing = function()
      return false
    end,
    ask = asking(opts.bufnr, 'codetriever/similar', function(parsed, client)
      local place = type(opts.place) == 'function' and opts.place(client) or opts.place
      local more = { limit = opts.limit or options.get().limit, filters = parsed.filters }
      return vim.tbl_extend('force', more, place)
    end),
  }
end

---@param opts { bufnr: integer, query?: string }
---@return codetriever.Source
function M.symbols(opts)
  return {
    title = 'Symbols',
    prompt = 'a name, its beginning, its initials; Container.name',
    typed = opts.query or '',
    bufnr = opts.bufnr,
    asks_nothing = function()
      return false
    end,
    ask = function(typed, done)
      local params = { query = vim.trim(typed) }
      local about = { slot = 'search', bufnr = opts.bufnr, method = 'workspace/symbol', params = params }
      return request.send(about, function(problem, result, client)
        if problem then
          return done({ items = {}, note = '', problem = problem })
        end
        local found = items.of_symbols(result or {}, client)
        done({ items = found, note = #found == 0 and 'no such name' or '' })
      end)
    end,
  }
end

---Asks, unless there is nothing to ask.
---@param source codetriever.Source
---@param typed string
---@param done fun(answer: codetriever.Answer)
---@return fun() cancel
function M.ask(source, typed, done)
  if source.asks_nothing(typed) then
    request.cancel('search')
    done(NOTHING)
    return function() end
  end
  return source.ask(typed, done)
end

return M
