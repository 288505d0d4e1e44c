#!/usr/bin/env bash
# Runs the test suite (all of it, or the files that are named) and ends with "N passed, N failed, N skipped".
set -uo pipefail
cd "$(dirname "$0")/.."
bash scripts/setup.sh --with-tests || exit 1
exec node scripts/run-ava.mjs "$@"
