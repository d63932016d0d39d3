#!/bin/sh
# check.sh [laws]: types, lint, dependency laws, unused code, the committed wasm, then the tests that need nothing but Node.
# With `laws` the tests are left out, for those who run them next anyway. To be started through scripts/run.sh.
set -eu
tsc -p .
tsc -p src/core
tsc -p page
oxlint --type-aware
depcruise src watchers relayer devnet page --config .dependency-cruiser.json
knip
sh runtime/scripts/check-wasm.sh
if [ "${1-}" != laws ]; then exec vitest run --project unit --project property; fi
