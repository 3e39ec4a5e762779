-- What is typed, taken apart.

local Child = require('child')
local suite = require('suite')
local case, equal = suite.case, suite.equal

local function parse(line)
  return Child.shared():lua('return require("codetriever.query").parse(...)', line)
end

case('plain words stay as they are', function()
  equal(parse('where are  retries limited'), { text = 'where are retries limited' })
end)

case('filters narrow', function()
  equal(parse('lang:Go,python path:src/** -path:**/test_* kind:FUNCTION retry'), {
    text = 'retry',
    filters = {
      languages = { 'go', 'python' },
      paths = { 'src/**', '!**/test_*' },
      kinds = { 'function' },
    },
  })
end)

case('what is quoted or scoped is no filter', function()
  equal(parse('"lang:go" std::vector kind::x').text, '"lang:go" std::vector kind::x')
  equal(parse('path:"a b/**" x'), { text = 'x', filters = { paths = { 'a b/**' } } })
end)

case('a filter half typed is told and not sent', function()
  local parsed = parse('retry kind:func')
  equal(parsed.filters, nil)
  equal(parsed.problem, 'no kind is called func; Tab completes them')
  equal(parse('retry lang:'), { text = 'retry' })
end)

case('mode', function()
  equal(parse('x mode:lexical').mode, 'lexical')
end)
