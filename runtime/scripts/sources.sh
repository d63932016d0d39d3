#!/bin/sh
# Prints the digest of what the wasm is made of: names and contents of manifests, lock file, build script and
# sources. Tests are no part of it. Pure sh and sha256sum (or shasum), a fraction of a second.
set -eu
cd "$(dirname "$0")/.."
sum() { if command -v sha256sum >/dev/null; then sha256sum "$@"; else shasum -a 256 "$@"; fi; }
{
  echo ./Cargo.toml; echo ./Cargo.lock; echo ./scripts/build-wasm.sh
  find ./primitives ./bitcoin ./pallets ./chain -name Cargo.toml
  find ./primitives ./bitcoin ./pallets ./chain -path '*/src/*' -name '*.rs'
} | grep -Ev '^\./pallets/fakes/|/tests\.rs$|/tests/|/mock\.rs$|/testing\.rs$' | LC_ALL=C sort | while read -r file; do sum "$file"; done | sum | cut -d ' ' -f 1
