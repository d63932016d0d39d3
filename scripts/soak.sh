#!/bin/sh
# soak.sh [MINUTES]: a healthy installation on real chains under Prometheus and Alertmanager, for an hour unless told. Fails when it would tell anybody anything.
# To be started through scripts/run.sh --servers (npm run soak -- 120).
set -eu
sh scripts/setup.sh monitoring
exec node scripts/soak.ts "$@"
