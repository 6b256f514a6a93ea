#!/bin/sh
# The first script of all: runs under any shell and any Node, and leaves a node_modules whose Node 24 runs the rest.
set -eu
cd "$(dirname "$0")/.."
stamp=node_modules/.lock-hash
want=$(sha256sum package-lock.json | cut -d ' ' -f 1)
if [ "$(cat "$stamp" 2>/dev/null || true)" != "$want" ]; then
  echo "setup: installing npm packages (once; about 25 s)" >&2
  # Not `npm ci`: that wants every optional package for every system in the lock file, and some mirrors lack some of them.
  # ignore-scripts (.npmrc) keeps foreign install scripts out; warnings are about the Node that started npm.
  npm install --no-save --no-fund --no-audit --loglevel=error >&2
  # Deno's package puts its binary in place by a script of its own; ours to run, as npm runs none.
  node node_modules/deno/install.cjs >&2
  printf '%s' "$want" >"$stamp"
fi
