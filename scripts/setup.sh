#!/bin/sh
# Brings what a fresh machine lacks into .cache/ and node_modules/: the pinned Node, the packages, the built page; with the
# argument `servers` a real bitcoind and a Redis, with `monitoring` Prometheus and Alertmanager and their tools, for the tests
# of ops/, with `browser` a Chromium, for those of the page. Needs sh, node and npm; the servers need apt, or a path given by the user.
# Always: every part is made in a temporary folder inside .cache and renamed when complete, so an interruption at any
# point leaves only a folder that the next run removes. Says one line for each thing it fetches, nothing otherwise.
# Never: installs into the system, or writes outside .cache/ and node_modules/.
set -eu
cd "$(dirname "$0")/.."
root=$PWD
node_version=24.21.0
lock=.cache/setup.lock
tmp=.cache/tmp.$$
child=
holding=
me=$(uname -n):$$
PATH=$root/.cache/node/node_modules/node/bin:$PATH
npm_config_cache=$root/.cache/npm
npm_config_update_notifier=false
export PATH npm_config_cache npm_config_update_notifier

say() { echo "setup: $*" >&2; }

# ---------------------------------------------------------------- ending

# A child is the leader of a process group where the system can do that, so that what it started ends with it.
group=
if command -v setsid >/dev/null 2>&1; then group=setsid; fi
end_child() {
  target=${group:+-}$child
  kill -TERM "$target" 2>/dev/null || return 0
  (sleep 2; kill -KILL "$target") 2>/dev/null & killer=$!
  wait "$child" 2>/dev/null || :
  kill "$killer" 2>/dev/null || :
  kill -KILL "$target" 2>/dev/null || : # what the child left behind
}

finish() {
  status=$?
  set +e
  trap '' INT TERM HUP
  trap - EXIT
  if [ -n "$child" ]; then end_child; fi
  rm -rf "$tmp" || { sleep 1; rm -rf "$tmp"; }
  if [ -n "$holding" ]; then rm -f "$lock"; fi
  exit "$status"
}

# In the background, so that a signal ends the wait at once.
run() {
  $group "$@" & child=$!
  code=0; wait "$child" || code=$?
  child=
  return "$code"
}

# ---------------------------------------------------------------- what is there already

node_ready() { [ -x .cache/node/node_modules/node/bin/node ] && [ "$(cat .cache/node/version 2>/dev/null)" = "$node_version" ]; }
packages_ready() { cmp -s package-lock.json node_modules/.installed-lock; }

# A server is what the user named, else what PATH has, else what the cache has. Empty: missing.
locate() { # name-on-PATH, user's value
  if [ -n "$2" ]; then echo "$2"
  elif command -v "$1" >/dev/null 2>&1; then command -v "$1"
  elif [ -x "$root/.cache/$1/bin/$1" ]; then echo "$root/.cache/$1/bin/$1"
  fi
}
# Prometheus and Alertmanager are two programs each; distributions do not agree on the second one's name.
locate_tool() { # package, name, user's value
  if [ -n "$3" ]; then echo "$3"
  elif command -v "$2" >/dev/null 2>&1; then command -v "$2"
  elif command -v "prometheus-$2" >/dev/null 2>&1; then command -v "prometheus-$2"
  elif [ -x "$root/.cache/$1/bin/$2" ]; then echo "$root/.cache/$1/bin/$2"
  fi
}
locate_monitoring() {
  prometheus=$(locate_tool prometheus prometheus "${GANTRY_PROMETHEUS:-}")
  promtool=$(locate_tool prometheus promtool "${GANTRY_PROMTOOL:-}")
  alertmanager=$(locate_tool alertmanager alertmanager "${GANTRY_ALERTMANAGER:-}")
  amtool=$(locate_tool alertmanager amtool "${GANTRY_AMTOOL:-}")
}
monitoring_ready() { locate_monitoring; [ -n "$prometheus" ] && [ -n "$promtool" ] && [ -n "$alertmanager" ] && [ -n "$amtool" ]; }
locate_servers() {
  bitcoind=$(locate bitcoind "${GANTRY_BITCOIND:-}")
  redis_server=$(locate redis-server "${GANTRY_REDIS_SERVER:-}")
  redis_url=${GANTRY_REDIS_URL:-}
}
# The page is made of its own sources and of what it shares with the program.
page_digest() { find page src/core src/web package-lock.json -type f | LC_ALL=C sort | xargs cat | cksum; }
page_ready() { [ -f .cache/page/index.html ] && [ "$(page_digest)" = "$(cat .cache/page/digest 2>/dev/null)" ]; }
locate_browser() {
  browser=${GANTRY_CHROMIUM:-}
  for name in chromium chromium-headless-shell chromium-browser google-chrome; do [ -n "$browser" ] || browser=$(locate "$name" ""); done
}
browser_ready() { locate_browser; [ -n "$browser" ]; }
servers_ready() { locate_servers; [ -n "$bitcoind" ] && [ -n "$redis_server$redis_url" ]; }

# ---------------------------------------------------------------- one setup at a time

# A symbolic link is made in one step together with its text, so a lock never exists without its owner.
take_lock() {
  waited=0
  until ln -s "$me" "$lock" 2>/dev/null; do
    owner=$(readlink "$lock" 2>/dev/null) || continue
    if [ "${owner%:*}" = "${me%:*}" ] && ! kill -0 "${owner##*:}" 2>/dev/null && ! ps -p "${owner##*:}" >/dev/null 2>&1; then
      if mv "$lock" ".cache/stale.$$" 2>/dev/null && [ "$(readlink ".cache/stale.$$")" != "$owner" ]; then
        mv ".cache/stale.$$" "$lock"
      fi
      rm -f ".cache/stale.$$"
      continue
    fi
    if [ "$waited" -eq 0 ]; then say "waiting for another set-up ($owner)"; fi
    if [ "$waited" -ge 900 ]; then say "$lock is held by $owner for 15 minutes; if that is no running set-up, remove the file"; exit 75; fi
    waited=$((waited + 1))
    run sleep 1
  done
  holding=yes
  rm -rf .cache/tmp.* .cache/stale.*
  mkdir -p "$tmp"
}

# Puts a complete folder in place of an older one.
place() { # new, place
  if [ -e "$2" ] || [ -L "$2" ]; then mv "$2" "$tmp/old"; fi
  mv "$1" "$2"
  rm -rf "$tmp/old"
}

# ---------------------------------------------------------------- fetching

# No package needs its install script here: Node and anvil are plain binaries in the package of their platform.
quiet_npm() { # in this folder, with these arguments
  run sh -c 'cd "$1" && shift && exec npm "$@" --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null' sh "$@"
}

# The package `node` would only fetch the one of the platform, with an npm of its own; the alias does the same in one step.
get_node() {
  say "fetching Node $node_version into .cache/node"
  case $(uname -sm) in "Darwin arm64") platform=bin-darwin-arm64 ;; *) platform=$(node -p 'process.platform + "-" + process.arch') ;; esac
  mkdir -p "$tmp/node"
  echo '{ "private": true }' >"$tmp/node/package.json"
  quiet_npm "$tmp/node" install "node@npm:node-$platform@$node_version"
  found=$("$tmp/node/node_modules/node/bin/node" --version) || found=nothing
  if [ "$found" != "v$node_version" ]; then say "expected Node v$node_version to run, got: $found"; exit 69; fi
  echo "$node_version" >"$tmp/node/version"
  place "$tmp/node" .cache/node
}

# Not `npm ci`: it refuses a lock file that lacks the optional packages of other platforms, and npm writes such a lock
# file wherever those packages are not offered. `npm install` takes every version and checksum in the lock file as it is.
get_packages() {
  say "fetching packages into node_modules"
  mkdir -p "$tmp/packages"
  cp package.json package-lock.json .npmrc "$tmp/packages"
  quiet_npm "$tmp/packages" install --include=dev --include=optional
  cp package-lock.json "$tmp/packages/node_modules/.installed-lock"
  place "$tmp/packages/node_modules" node_modules
}

get_page() {
  say "building the page into .cache/page"
  page_digest >"$tmp/digest"
  run node node_modules/vite/bin/vite.js build page --configLoader native --outDir "$root/$tmp/page" >&2
  mv "$tmp/digest" "$tmp/page/digest"
  place "$tmp/page" .cache/page
}

# The command that installs a server where it cannot be fetched.
install_command() { # name
  for tool in brew pacman apk dnf snap apt-get; do
    command -v "$tool" >/dev/null 2>&1 || continue
    case $tool:$1 in
      brew:prometheus | brew:alertmanager) echo "brew install $1" ;;
      pacman:prometheus | pacman:alertmanager) echo "pacman -S $1" ;;
      apk:prometheus | apk:alertmanager) echo "apk add $1" ;;
      apt-get:prometheus) echo "apt-get install prometheus" ;;
      apt-get:alertmanager) echo "apt-get install prometheus-alertmanager" ;;
      *:prometheus | *:alertmanager) continue ;;
      brew:chromium) echo "brew install --cask chromium" ;;
      *:chromium) echo "$tool install chromium" ;;
      brew:bitcoind) echo "brew install bitcoin" ;;
      brew:*) echo "brew install redis" ;;
      pacman:bitcoind) echo "pacman -S bitcoin-daemon" ;;
      apk:bitcoind) echo "apk add bitcoin" ;;
      apk:*) echo "apk add redis" ;;
      dnf:bitcoind) echo "dnf install bitcoin-core-server" ;;
      dnf:*) echo "dnf install redis" ;;
      snap:bitcoind) echo "snap install bitcoin-core" ;;
      apt-get:redis-server) echo "apt-get install redis-server" ;;
      *) continue ;;
    esac
    return
  done
  case $1 in bitcoind) echo "see bitcoincore.org/en/download" ;; prometheus | alertmanager) echo "see prometheus.io/download" ;; chromium) echo "see chromium.org" ;; *) echo "see redis.io/docs" ;; esac
}

get_server() { # name, how to name one's own
  say "fetching $1 into .cache/$1"
  if ! run sh scripts/get-server.sh "$1" "$tmp/$1"; then
    say "$1 could not be fetched. Install it ($(install_command "$1")), or name yours: $2"
    exit 69
  fi
  place "$tmp/$1" ".cache/$1"
}

get_servers() {
  if [ -z "$bitcoind" ]; then get_server bitcoind "GANTRY_BITCOIND=/path/to/bitcoind"; fi
  if [ -z "$redis_server$redis_url" ]; then get_server redis-server "GANTRY_REDIS_SERVER=/path/to/redis-server or GANTRY_REDIS_URL=redis://host:port"; fi
}

get_monitoring() {
  if [ -z "$prometheus" ] || [ -z "$promtool" ]; then get_server prometheus "GANTRY_PROMETHEUS=/path/to/prometheus and GANTRY_PROMTOOL=/path/to/promtool"; fi
  if [ -z "$alertmanager" ] || [ -z "$amtool" ]; then get_server alertmanager "GANTRY_ALERTMANAGER=/path/to/alertmanager and GANTRY_AMTOOL=/path/to/amtool"; fi
}

get_browser() { get_server chromium "GANTRY_CHROMIUM=/path/to/chromium"; }

# ---------------------------------------------------------------- where the servers are, for the devnet and for tests

json() { if [ -n "$1" ]; then printf '"%s"' "$(printf %s "$1" | sed 's/[\\"]/\\&/g')"; else printf null; fi; }
write_found() { # name, text
  [ "$2" = "$(cat ".cache/$1.json" 2>/dev/null)" ] && return
  (umask 077; echo "$2" >".cache/$1.$$")
  mv ".cache/$1.$$" ".cache/$1.json"
}
write_servers() {
  write_found servers "$(printf '{ "bitcoind": %s, "redisServer": %s, "redisUrl": %s }' "$(json "$bitcoind")" "$(json "$redis_server")" "$(json "$redis_url")")"
}
write_monitoring() {
  write_found monitoring "$(printf '{ "prometheus": %s, "promtool": %s, "alertmanager": %s, "amtool": %s }' "$(json "$prometheus")" "$(json "$promtool")" "$(json "$alertmanager")" "$(json "$amtool")")"
}
write_browser() { write_found browser "$(printf '{ "chromium": %s }' "$(json "$browser")")"; }

# ---------------------------------------------------------------- the set-up

want_servers=no
want_monitoring=no
want_browser=no
for argument in "$@"; do
  case $argument in
    servers) want_servers=yes ;;
    monitoring) want_monitoring=yes ;;
    browser) want_browser=yes ;;
    *) echo "usage: setup.sh [servers] [monitoring] [browser]" >&2; exit 64 ;;
  esac
done

if [ "$want_servers" = yes ]; then
  for given in "${GANTRY_BITCOIND:-}" "${GANTRY_REDIS_SERVER:-}"; do
    if [ -n "$given" ] && [ ! -x "$given" ]; then say "GANTRY_BITCOIND or GANTRY_REDIS_SERVER names $given, which is no program"; exit 78; fi
  done
fi

for given in "${GANTRY_PROMETHEUS:-}" "${GANTRY_PROMTOOL:-}" "${GANTRY_ALERTMANAGER:-}" "${GANTRY_AMTOOL:-}"; do
  if [ "$want_monitoring" = yes ] && [ -n "$given" ] && [ ! -x "$given" ]; then
    say "GANTRY_PROMETHEUS, GANTRY_PROMTOOL, GANTRY_ALERTMANAGER or GANTRY_AMTOOL names $given, which is no program"; exit 78
  fi
done

if [ "$want_browser" = yes ] && [ -n "${GANTRY_CHROMIUM:-}" ] && [ ! -x "$GANTRY_CHROMIUM" ]; then
  say "GANTRY_CHROMIUM names $GANTRY_CHROMIUM, which is no program"; exit 78
fi

ready() {
  node_ready && packages_ready && page_ready || return 1
  [ "$want_servers" = no ] || servers_ready || return 1
  [ "$want_monitoring" = no ] || monitoring_ready || return 1
  [ "$want_browser" = no ] || browser_ready
}
if ! ready; then
  mkdir -p .cache
  trap finish EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  trap 'exit 129' HUP
  take_lock
  node_ready || get_node
  packages_ready || get_packages
  page_ready || get_page
  if [ "$want_servers" = yes ] && ! servers_ready; then get_servers; fi
  if [ "$want_monitoring" = yes ] && ! monitoring_ready; then get_monitoring; fi
  if [ "$want_browser" = yes ] && ! browser_ready; then get_browser; fi
  ready || { say "something is still missing; remove .cache and node_modules and try again"; exit 70; }
fi
if [ "$want_servers" = yes ]; then write_servers; fi
if [ "$want_monitoring" = yes ]; then write_monitoring; fi
if [ "$want_browser" = yes ]; then write_browser; fi
