#!/bin/sh
# run.sh [--servers] COMMAND…: brings what is missing (scripts/setup.sh), then becomes COMMAND with the project's Node.
set -eu
cd "$(dirname "$0")/.."
servers=
if [ "${1-}" = --servers ]; then servers=servers; shift; fi
sh scripts/setup.sh $servers
exec sh scripts/with-node.sh "$@"
