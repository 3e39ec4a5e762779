-- The project that is searched, written anew for each run.

local M = {}

M.root = vim.fs.joinpath(vim.env.CODETRIEVER_TEST_WORK, 'project')

local FILES = {
  ['.git/HEAD'] = 'ref: refs/heads/main\n',
  ['src/retry.py'] = [[
"""Sending requests."""

import time


class Retrier:
    """Sends a request more than once."""

    def __init__(self, attempts):
        self.attempts = attempts

    def send(self, request, transport):
        """Try again when sending fails, waiting longer each time."""
        for attempt in range(self.attempts):
            try:
                return transport.send(request)
            except ConnectionError:
                time.sleep(2**attempt)
        raise ConnectionError("gave up")
]],
  ['src/session.py'] = [[
"""Sessions of users who are logged in."""


def expire_sessions(sessions, now):
    """Remove every session that has not been used for an hour."""
    return {key: value for key, value in sessions.items() if now - value.used < 3600}


def login(user, password, store):
    """Check the password of a user and open a session."""
    if not store.matches(user, password):
        raise PermissionError(user)
    return store.open(user)
]],
  ['src/csv_export.py'] = [[
def write_rows(rows, stream):
    """Write table rows as comma separated values."""
    for row in rows:
        stream.write(",".join(map(str, row)) + "\n")
]],
  ['go/backoff.go'] = [[
package transport

import "time"

// RetryWithBackoff calls send until it succeeds, doubling the pause between attempts.
func RetryWithBackoff(send func() error, attempts int) error {
	pause := time.Second
	var err error
	for i := 0; i < attempts; i++ {
		if err = send(); err == nil {
			return nil
		}
		time.Sleep(pause)
		pause *= 2
	}
	return err
}
]],
  ['web/üniform.js'] = [[
/** Grüße — formats a price in euros. */ export function formatPrice(cents) {
  return `${(cents / 100).toFixed(2)} €`;
}
]],
  ["web/[id] it's 100%.js"] = [[
// Draws the page of one customer.
export function renderCustomer(id) {
  return id;
}
]],
  ['README.md'] = '# Example\n\nRetries, sessions and exports.\n',
}

---@param path string relative to the root
---@param text string
function M.write(path, text)
  local whole = vim.fs.joinpath(M.root, path)
  vim.fn.mkdir(vim.fs.dirname(whole), 'p')
  local file = assert(io.open(whole, 'wb'))
  file:write(text)
  file:close()
end

for path, text in pairs(FILES) do
  M.write(path, text)
end
-- Enough to choose from.
for number = 1, 30 do
  local text = 'def handle_event_%d(event):\n    """Handle an event of kind %d."""\n    return event.kind == %d\n'
  M.write(('src/events/event_%02d.py'):format(number), text:format(number, number, number))
end

---A project that no case has indexed before.
---@param name string
---@param count integer files
---@return string root
function M.fresh(name, count)
  local whole = vim.fs.joinpath(vim.env.CODETRIEVER_TEST_WORK, name)
  vim.fn.mkdir(whole .. '/.git', 'p')
  for number = 1, count do
    local text = ('def step_%d(value):\n    return value + %d\n'):format(number, number)
    vim.fn.writefile(vim.split(text, '\n'), ('%s/step_%03d.py'):format(whole, number))
  end
  return whole
end

return M
