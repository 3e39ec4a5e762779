-- :Telescope codetriever, with search, similar and symbols.

---@param name 'search'|'similar'|'symbols'
local function picker(name)
  return function(opts)
    require('codetriever')[name]({ query = (opts or {}).default_text, to = 'telescope' })
  end
end

return require('telescope').register_extension({
  exports = {
    codetriever = picker('search'),
    search = picker('search'),
    similar = picker('similar'),
    symbols = picker('symbols'),
  },
})
