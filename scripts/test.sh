#!/usr/bin/env bash
# Runs the test suite (all of it, or the files that are named) and ends with "N passed, N failed, N skipped".
set -uo pipefail
cd "$(dirname "$0")/.."
bash scripts/setup.sh --with-tests || exit 1

# Some tests are an ordinary user's, who has to reach the checkout: one that lies where only root may look is tested as a copy.
reached() { [ "$(id -u)" -ne 0 ] || setpriv --reuid 65534 --regid 65534 --clear-groups test -r "$PWD/scripts/test.sh"; }
if reached; then exec node scripts/run-ava.mjs "$@"; fi
copy=$(mktemp -d /var/tmp/appshot-checkout-XXXXXX) || exit 1
trap 'rm -rf "$copy"' EXIT
chmod 755 "$copy"
printf 'only root may look into %s: testing a copy of it, %s\n' "$PWD" "$copy" >&2
tar -c --exclude=./dist/obj --exclude=./.git . | tar -x -C "$copy" || exit 1
cd "$copy" && node scripts/run-ava.mjs "$@"
