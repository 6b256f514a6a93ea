#!/bin/sh
# The first script of all: runs under any shell and any Node, and leaves a node_modules whose Node 24 runs the rest.
set -eu
cd "$(dirname "$0")/.."
stamp=node_modules/.lock-hash
want=$(sha256sum package-lock.json | cut -d ' ' -f 1)
if [ "$(cat "$stamp" 2>/dev/null || true)" != "$want" ]; then
  echo "setup: installing npm packages (once; about 25 s)" >&2
  # ignore-scripts (.npmrc) keeps foreign install scripts out; engine warnings are about the Node that started npm.
  npm ci --no-fund --no-audit --loglevel=error >&2
  # Deno's package puts its binary in place by a script of its own; ours to run, as npm runs none.
  node node_modules/deno/install.cjs >&2
  printf '%s' "$want" >"$stamp"
fi
