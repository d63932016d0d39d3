#!/bin/sh
# test.sh: the laws, then every test that is short enough for each change. The last line is the runner's summary.
# To be started through scripts/run.sh --servers.
set -eu
sh scripts/setup.sh monitoring
sh scripts/check.sh laws
exec vitest run --project unit --project property --project contract --project sim --project devnet --passWithNoTests
