return {
  empty = function()
    return 'keeps the order'
  end,
}
