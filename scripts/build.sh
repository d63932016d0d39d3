#!/bin/sh
# build.sh: the published form in dist/: the program as plain JavaScript, the page as files beside it.
# To be started through scripts/run.sh.
set -eu
tsc -p tsconfig.build.json
exec vite build page --configLoader native --outDir "$PWD/dist/page"
