#!/bin/sh
# Fails when the committed wasm is not what the committed sources were built into: sources changed and the wasm
# did not, or a wasm file is not the one whose sum is written beside it. No Rust, under a second.
set -eu
cd "$(dirname "$0")/../wasm"
sum() { if command -v sha256sum >/dev/null; then sha256sum "$@"; else shasum -a 256 "$@"; fi; }
for file in gantry-dev.wasm gantry-dev-upgrade.wasm SHA256SUMS sources.sha256; do
  [ -s "$file" ] || { echo "check-wasm: runtime/wasm/$file is missing; run runtime/scripts/build-wasm.sh" >&2; exit 1; }
done
sum -c SHA256SUMS >/dev/null 2>&1 || { echo "check-wasm: a wasm file differs from runtime/wasm/SHA256SUMS; run runtime/scripts/build-wasm.sh" >&2; exit 1; }
[ "$(wc -c < gantry-dev.wasm)" -le 614400 ] && [ "$(wc -c < gantry-dev-upgrade.wasm)" -le 614400 ] \
  || { echo "check-wasm: a wasm file is larger than 600 KB" >&2; exit 1; }
now=$(sh ../scripts/sources.sh)
then=$(cat sources.sha256)
[ "$now" = "$then" ] || { echo "check-wasm: the sources in runtime/ (digest $now) are not those the wasm was built from ($then); run runtime/scripts/build-wasm.sh and commit runtime/wasm" >&2; exit 1; }
