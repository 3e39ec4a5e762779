-- A search while typing: a prompt, a list and a preview. One at a time.

local float = require('codetriever.ui.float')
local layout = require('codetriever.ui.layout')
local preview = require('codetriever.ui.preview')
local rows = require('codetriever.ui.rows')

---@class codetriever.Session
---@field source codetriever.Source
---@field items codetriever.Item[]
---@field selected integer
---@field origin integer the window it was opened from
---@field buffers { prompt: integer, list: integer, preview: integer }
---@field windows { prompt: integer, list: integer, preview?: integer }
---@field cancel fun()
---@field timer uv.uv_timer_t
---@field asked? string what was asked last
---@field answered? string what the hits that are shown answer
---@field incomplete boolean whether files waited when the answer was given
---@field closed boolean
local Session = {}
Session.__index = Session

local NAMESPACE = vim.api.nvim_create_namespace('codetriever.session')
local HINT = { { ' Enter open · ^s split · ^v vsplit · ^t tab · ^q quickfix ', 'CodetrieverHint' } }

local M = {}

---@type codetriever.Session?
local current

---@param source codetriever.Source
---@return codetriever.Session
local function new(source)
  local self = setmetatable({
    source = source,
    items = {},
    selected = 1,
    origin = vim.api.nvim_get_current_win(),
    cancel = function() end,
    timer = assert(vim.uv.new_timer()),
    closed = false,
    incomplete = false,
  }, Session)
  self.buffers = { prompt = float.scratch(), list = float.scratch(), preview = float.scratch() }
  local room = layout.now()
  local title = (' %s '):format(source.title)
  self.windows = {
    list = float.open(self.buffers.list, room.list, { focusable = false, footer = HINT }),
    preview = room.preview and float.open(self.buffers.preview, room.preview, { focusable = false }) or nil,
    prompt = float.open(self.buffers.prompt, room.prompt, { title = title, enter = true }),
  }
  vim.wo[self.windows.list].cursorline = true
  vim.wo[self.windows.list].winhighlight = 'NormalFloat:Normal,FloatBorder:WinSeparator,CursorLine:CodetrieverSelected'
  return self
end

---Resizes the windows to the screen; the preview appears and goes with the room for it.
function Session:arrange()
  local room = layout.now()
  for name, winid in pairs({ prompt = self.windows.prompt, list = self.windows.list }) do
    vim.api.nvim_win_set_config(winid, vim.tbl_extend('force', { relative = 'editor' }, room[name]))
  end
  local shown = self.windows.preview
  if shown and not room.preview then
    self.buffers.preview = float.scratch()
    self.windows.preview = nil
    vim.api.nvim_win_close(shown, true)
  elseif room.preview and not shown then
    self.windows.preview = float.open(self.buffers.preview, room.preview, { focusable = false })
  elseif shown then
    vim.api.nvim_win_set_config(shown, vim.tbl_extend('force', { relative = 'editor' }, room.preview))
  end
  self:draw()
end

---@return string what is typed
function Session:typed()
  return vim.api.nvim_buf_get_lines(self.buffers.prompt, 0, 1, false)[1] or ''
end

---@param text string
---@param group? string
function Session:say(text, group)
  local footer = text ~= '' and { { (' %s '):format(text), group or 'CodetrieverNote' } } or HINT
  vim.api.nvim_win_set_config(self.windows.list, { footer = footer, footer_pos = 'left' })
end

---Draws what is not text: the prompt's mark, its hint while nothing is typed, the number of hits.
function Session:decorate()
  vim.api.nvim_buf_clear_namespace(self.buffers.prompt, NAMESPACE, 0, -1)
  local function mark(text, group, position)
    local opts = { virt_text = { { text, group } }, virt_text_pos = position, right_gravity = false }
    vim.api.nvim_buf_set_extmark(self.buffers.prompt, NAMESPACE, 0, 0, opts)
  end
  mark('> ', 'CodetrieverPrompt', 'inline')
  if self:typed() == '' then
    mark(self.source.prompt, 'CodetrieverHint', 'overlay')
  elseif #self.items > 0 then
    mark(('%d/%d '):format(self.selected, #self.items), 'CodetrieverHint', 'right_align')
  end
end

function Session:draw()
  rows.fill(self.buffers.list, self.items, vim.api.nvim_win_get_width(self.windows.list))
  self:select(self.selected)
end

---@param index integer
function Session:select(index)
  self.selected = math.max(math.min(index, #self.items), 1)
  if #self.items > 0 then
    vim.api.nvim_win_set_cursor(self.windows.list, { self.selected, 0 })
  end
  vim.wo[self.windows.list].cursorline = #self.items > 0
  if self.windows.preview then
    preview.show(self.windows.preview, self.buffers.preview, self.items[self.selected])
  end
  self:decorate()
end

---@param step integer
function Session:move(step)
  if #self.items > 0 then
    self:select((self.selected + step - 1) % #self.items + 1)
  end
end

---@param typed string
---@param answer codetriever.Answer
function Session:take(typed, answer)
  if self.closed then
    return
  end
  if not answer.problem then
    self.items = answer.items
    self.answered = typed
    self.incomplete = answer.incomplete == true
    self.selected = 1
    self:draw()
  end
  self:say(answer.problem or answer.note, answer.problem and 'CodetrieverProblem')
end

---Asks for what is typed, unless it was asked last.
function Session:ask()
  local typed = self:typed()
  if self.closed or typed == self.asked then
    return
  end
  self.asked = typed
  self.cancel()
  self.cancel = require('codetriever.sources').ask(self.source, typed, function(answer)
    self:take(typed, answer)
  end)
end

function Session:ask_soon()
  self:decorate()
  self.timer:start(
    require('codetriever.options').get().debounce_ms,
    0,
    vim.schedule_wrap(function()
      self:ask()
    end)
  )
end

function Session:close()
  if self.closed then
    return
  end
  self.closed = true
  current = nil
  self.timer:stop()
  self.timer:close()
  self.cancel()
  vim.cmd.stopinsert()
  for _, name in ipairs({ 'prompt', 'list', 'preview' }) do
    local winid = self.windows[name]
    if winid and vim.api.nvim_win_is_valid(winid) then
      vim.api.nvim_win_close(winid, true)
    end
  end
  if vim.api.nvim_win_is_valid(self.origin) then
    vim.api.nvim_set_current_win(self.origin)
  end
end

---@return string of the answer that is shown
function Session:title()
  return vim.trim(('%s: %s'):format(self.source.title, self.answered or '')):gsub(':$', '')
end

---Runs an action once insert mode is over: its end moves the cursor.
---@param action fun()
local function in_normal_mode(action)
  if vim.api.nvim_get_mode().mode:sub(1, 1) ~= 'i' then
    return action()
  end
  vim.api.nvim_create_autocmd('ModeChanged', { pattern = 'i*:*', once = true, callback = vim.schedule_wrap(action) })
end

---@param how 'edit'|'split'|'vsplit'|'tab'
function Session:open(how)
  local item = self.items[self.selected]
  if item then
    self:close()
    in_normal_mode(function()
      require('codetriever.open').item(item, how)
    end)
  end
end

---@param location boolean
function Session:list(location)
  if #self.items > 0 then
    local title, origin = self:title(), self.origin
    self:close()
    in_normal_mode(function()
      require('codetriever.lists').set(self.items, title, location and origin or nil)
    end)
  end
end

---@param step integer pages
function Session:scroll(step)
  if self.windows.preview then
    vim.api.nvim_win_call(self.windows.preview, function()
      vim.cmd('normal! ' .. vim.keycode(step > 0 and '<C-d>' or '<C-u>'))
    end)
  end
end

---Completes the filter before the cursor.
function Session:complete()
  local col = vim.api.nvim_win_get_cursor(self.windows.prompt)[2]
  local word = self:typed():sub(1, col):match('%S*$')
  local languages = require('codetriever.languages').known()
  local found = require('codetriever.query').completions(word, languages)
  if #found > 0 then
    vim.fn.complete(col - #word + 1, found)
  end
end

---Opens the search; one that is open is closed.
---@param source codetriever.Source
---@return codetriever.Session
function M.start(source)
  if current then
    current:close()
  end
  require('codetriever.ui.colours').define()
  local session = new(source)
  current = session
  require('codetriever.ui.keys').attach(session)
  vim.api.nvim_buf_set_lines(session.buffers.prompt, 0, -1, false, { source.typed })
  session:draw()
  session:ask()
  vim.cmd.startinsert({ bang = true })
  return session
end

---@return codetriever.Session?
function M.current()
  return current
end

return M
