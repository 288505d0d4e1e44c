#!/usr/bin/env bash
# Builds what has changed: native programs, the addon, the rules parser, TypeScript.
set -euo pipefail
cd "$(dirname "$0")/.."
exec 9>.build-lock; flock 9

stamp() { # stamp NAME FILE...: a digest of the inputs, so that a checkout's new times don't mean new work
  cat "${@:2}" 2>/dev/null | sha256sum | cut -c1-64
}
fresh() { [ -e "dist/.stamps/$1" ] && [ "$(cat "dist/.stamps/$1")" = "$2" ]; }
done_with() { mkdir -p dist/.stamps; printf '%s' "$2" >"dist/.stamps/$1"; }

make --silent -C native -j"$(nproc)" all >&2

addon=$(stamp addon native/addon/* native/shared/* binding.gyp package-lock.json <(node -p process.versions.modules))
if ! { fresh addon "$addon" && [ -e build/Release/appshot_addon.node ]; }; then
  npx --no-install node-gyp rebuild --silent --jobs 2 >&2
  done_with addon "$addon"
fi

sources=$(git ls-files -co --exclude-standard '*.ts' '*.peggy' tsconfig.json package.json 2>/dev/null || find bin src fs vproc db native test bench -name '*.ts')
# shellcheck disable=SC2086
typescript=$(stamp typescript $sources)
if ! fresh typescript "$typescript"; then
  mkdir -p dist/src/rules
  npx --no-install peggy --format es -o src/rules/grammar.generated.js src/rules/grammar.peggy
  npx --no-install tsc
  cp src/rules/grammar.generated.js dist/src/rules/grammar.generated.js
  done_with typescript "$typescript"
fi
