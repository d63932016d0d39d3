#!/bin/sh
# Writes the states at block 0 of both presets to runtime/wasm, from the runtime's own genesis builder.
# Needs an ordinary cargo; no wasm compiler.
set -eu
cd "$(dirname "$0")/.."
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$(cd .. && pwd)/.cache/cargo-target}"
for preset in development strict; do
  cargo run --quiet --locked -p gantry-dev-runtime --example genesis -- "$preset" > "wasm/genesis-$preset.json.new"
  mv "wasm/genesis-$preset.json.new" "wasm/genesis-$preset.json"
done
