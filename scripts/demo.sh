#!/usr/bin/env bash
# The main job, to watch: a server that needs seconds to get warm becomes a template, and the template five live servers.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ] && [ "${TERM:-dumb}" != dumb ]; then bold=$(tput bold); plain=$(tput sgr0); else bold=; plain=; fi
step() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
show() { printf '$ appshot %s\n' "$*"; ./bin/appshot "$@"; }

APPSHOT_HOME=$(mktemp -d "${TMPDIR:-/tmp}/appshot-demo.XXXXXX"); export APPSHOT_HOME
leave() {
  ./bin/appshot ps -a -q 2>/dev/null | xargs -r ./bin/appshot destroy -q >/dev/null 2>&1 || true
  ./bin/appshot ls -q 2>/dev/null | xargs -r ./bin/appshot rm -q >/dev/null 2>&1 || true
  ./bin/appshot daemon --stop >/dev/null 2>&1 || true
  rm -rf "$APPSHOT_HOME"
}
trap leave EXIT
ask() { curl -fsS "http://$1$2"; }
address() { ./bin/appshot ports --json "$1" | sed -n 's/.*"address":"\([^"]*\)".*/\1/p' | head -n 1; }

step "1. Start a server that needs a while to get warm"
show run -d --aid web --wait-for port:8080 -- node examples/warm-server.mjs
ask "$(address web)" '/?word=word-42'; echo

step "2. Make a template of it, as it runs"
show commit web warm

step "3. Turn the template into five live servers"
show clone warm -n 5
show ps

step "4. Each is itself: its own name, its own files, the same warm memory"
for n in 1 2 3 4 5; do ask "$(address "warm-$n")" "/note?text=hello-from-$n&word=word-42" >/dev/null; done
for n in 1 2 3 4 5; do ask "$(address "warm-$n")" '/?word=word-42'; echo; done
echo 'and the one they were made from:'
ask "$(address web)" '/?word=word-42'; echo

step "5. How long it takes"
for n in 1 2 3; do ./bin/appshot clone warm --json | sed -n 's/.*"ms":\([0-9]*\.\{0,1\}[0-9]\{0,1\}\).*/   a live server in \1 ms/p'; done
