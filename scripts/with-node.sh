#!/bin/sh
# with-node.sh COMMAND…: runs COMMAND with the project's Node and the project's tools first in PATH, in its own place
# (exec), so that signals reach it. Works in any folder and stays there. The set-up must have been done.
root=$(cd "$(dirname "$0")/.." && pwd)
PATH="$root/.cache/node/node_modules/node/bin:$root/node_modules/.bin:$PATH"
SWC_NATIVE_BINDING_CACHE="$root/.cache/swc" # else it unpacks itself into the home folder
XDG_DATA_HOME="$root/.cache/data" # the test runner would leave a file in the home folder
NODE_COMPILE_CACHE="$root/.cache/compiled" # halves the time a command takes to load
export NODE_COMPILE_CACHE PATH XDG_DATA_HOME SWC_NATIVE_BINDING_CACHE
exec "$@"
