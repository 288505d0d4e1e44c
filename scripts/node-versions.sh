#!/usr/bin/env bash
# Builds and tests a copy of the checkout with Node 20, 22 and 24 (or the versions that are named); the binaries are those of the npm package `node`.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d "${TMPDIR:-/tmp}/appshot-node-versions.XXXXXX")
trap 'rm -rf "$work"' EXIT
chmod 755 "$work" # an ordinary user runs some of it
for version in "${@:-20 22 24}"; do
  for major in $version; do
    mkdir -p "$work/$major/node"
    (cd "$work/$major/node" && npm init -y >/dev/null && npm install --silent --no-audit --no-fund "node@$major")
    binaries=$(dirname "$(readlink -f "$work/$major/node/node_modules/.bin/node")")
    git clone -q . "$work/$major/checkout"
    echo "== $("$binaries/node" --version)"
    # The headers that native modules are built against must be that version's own.
    headers=$(dirname "$(find "$work/$major/node" -type d -path '*/include/node' | head -n 1)")/..
    (cd "$work/$major/checkout" && PATH="$binaries:$PATH" npm_config_nodedir="$headers" npm test --silent -- ${TESTS:-})
  done
done
