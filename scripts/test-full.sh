#!/bin/sh
# test-full.sh: the long tests, then those of the Polkadot runtime where a Rust toolchain is present (it says so when not).
# To be started through scripts/run.sh --servers.
set -eu
sh scripts/setup.sh monitoring browser
vitest run --project model --project full --passWithNoTests
exec sh runtime/scripts/test.sh
