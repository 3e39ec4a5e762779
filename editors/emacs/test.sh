#!/usr/bin/env bash
# Eglot as an independent client of the real server, in batch mode. The last line is "N passed, N failed".
#
# EMACS               the editor; without it emacs-nox and elpa-eglot are installed if they are missing (Debian, as root)
# CODETRIEVER_SERVER  the server; without it the one of the repository's .venv
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repository=$(cd "$here/../.." && pwd)
server=${CODETRIEVER_SERVER:-$repository/.venv/bin/codetriever-lsp}
work=$(mktemp -d "${TMPDIR:-/tmp}/codetriever-emacs.XXXXXX")
trap 'rm -rf "$work"' EXIT

fail() {
  echo "$1" >&2
  echo "0 passed, 1 failed"
  exit 1
}

[[ -x $server ]] || fail "no server at $server: set CODETRIEVER_SERVER, or make the environment (uv sync)"

if [[ -z ${EMACS:-} ]]; then
  if ! command -v emacs >/dev/null; then
    command -v apt-get >/dev/null || fail "no emacs here, and no apt-get to install it"
    # The log is shown when it fails: apt-get tells much.
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends emacs-nox elpa-eglot; } \
      >"$work/apt.log" 2>&1 || { cat "$work/apt.log" >&2; fail "emacs-nox cannot be installed"; }
  fi
  EMACS=emacs
fi

mkdir -p "$work"/{home,cache,bin,run,project}
chmod 700 "$work/run"
ln -s "$server" "$work/bin/codetriever-lsp"
export HOME=$work/home XDG_RUNTIME_DIR=$work/run PATH=$work/bin:$PATH
export CODETRIEVER_CACHE_DIR=$work/cache CODETRIEVER_CONFIG=$work/no-config.toml CODETRIEVER_LINGER_S=2
export CODETRIEVER_TEST_PROJECT=$work/project CODETRIEVER_TEST_DOCS=$repository/docs/editors.md

cat >"$work/project/retry.py" <<'PY'
class Retrier:
    """Sends a request more than once."""

    def send(self, request, transport):
        """Try again when sending fails, waiting longer each time."""
        for attempt in range(3):
            try:
                return transport.send(request)
            except ConnectionError:
                continue
PY
cat >"$work/project/session.py" <<'PY'
def expire_sessions(sessions, now):
    """Remove every session that has not been used for an hour."""
    return {key: value for key, value in sessions.items() if now - value.used < 3600}
PY

"$EMACS" -q --batch -f package-initialize -l "$here/test-eglot.el" -f codetriever-test-run
