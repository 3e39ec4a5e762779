return setmetatable({}, {
  __index = function(_, name)
    return name
  end,
})
