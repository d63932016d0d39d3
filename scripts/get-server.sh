#!/bin/sh
# get-server.sh bitcoind|redis-server|prometheus|alertmanager|chromium FOLDER: a real server from the Debian archive, unpacked into FOLDER with its own
# libraries and its own loader, so that the host's release does not matter. FOLDER/bin/<server> then runs as it is, and
# still does after FOLDER was moved. Needs apt-get, dpkg-deb and a Debian mirror among the host's apt sources; not root.
# Always: reads its own package lists, so stale ones on the host do no harm. Prints nothing but errors.
# Never: installs anything, or writes outside FOLDER.
set -eu
server=$1
mkdir -p "$2"
folder=$(cd "$2" && pwd)
case $server in
  # bitcoind is packaged as Bitcoin Knots (Bitcoin Core's RPC) and only in unstable
  bitcoind) suite=sid package=bitcoin-knots binaries="bitcoind bitcoin-cli" wanted="bitcoin-* lib* gcc-*" ;;
  redis-server) suite=bookworm package=redis-server binaries=redis-server wanted="redis-* lib* gcc-* zlib1g_*" ;;
  # of these two the closure is mostly for their pages in a browser; the programs need the C library alone
  prometheus) suite=trixie package=prometheus binaries="prometheus promtool" alone="promtool libc6" wanted="*" ;;
  alertmanager) suite=trixie package=prometheus-alertmanager binaries="alertmanager amtool" alone=libc6 wanted="*" ;;
  # a browser without windows; it starts itself again for each page, which only the host's own loader (glibc 2.36 or newer) can do
  chromium) suite=bookworm package=chromium-headless-shell more=fonts-dejavu-core binaries= wanted="*" ;;
  *) echo "usage: get-server.sh bitcoind|redis-server|prometheus|alertmanager|chromium FOLDER" >&2; exit 64 ;;
esac
refuse() { echo "get-server: $*" >&2; exit 69; }
command -v apt-get >/dev/null 2>&1 && command -v dpkg-deb >/dev/null 2>&1 || refuse "there is no apt-get on this system"
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ -r "$keyring" ] || refuse "$keyring is missing (package debian-archive-keyring)"
mirror=$(cat /etc/apt/sources.list.d/*.sources /etc/apt/sources.list.d/*.list /etc/apt/sources.list 2>/dev/null |
  tr ' \t' '\n\n' | grep -E '^https?://.*/debian/?$' | head -n 1) || :
[ -n "$mirror" ] || refuse "no Debian mirror among this system's apt sources"

apt=$folder/apt
mkdir -p "$apt/lists/partial" "$apt/archives/partial" "$folder/root" "$folder/bin"
printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n' "$mirror" "$suite" "$keyring" >"$apt/one.sources"
: >"$apt/status" # as if nothing were installed: the whole closure comes, down to the C library
# read after the host's own settings (a proxy stays in force); the host's hooks would touch the host's caches
cat >"$apt/apt.conf" <<CONF
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Post-Invoke;
Dir::Etc::sourcelist "$apt/one.sources";
Dir::Etc::sourceparts "/dev/null";
Dir::State::lists "$apt/lists";
Dir::State::status "$apt/status";
Dir::Cache "$apt";
Dir::Cache::archives "$apt/archives";
Acquire::Check-Valid-Until "false";
Acquire::Languages "none";
Acquire::Retries "3";
APT::Sandbox::User "$(id -un)";
APT::Install-Recommends "false";
Debug::NoLocking "1";
CONF
own_apt() { apt-get -qq -c "$apt/apt.conf" "$@"; }
own_apt update
if [ -n "${alone-}" ]; then (cd "$apt/archives" && own_apt download "$package" $alone); else own_apt install -y --download-only "$package" ${more-} >/dev/null; fi

set -f
for pattern in $wanted; do
  set +f
  for deb in "$apt/archives/"$pattern.deb; do
    case $server:${deb##*/} in
      *:libsystemd-shared_* | *:libperl* | *:libdb5*) ;;
      chromium:libc6_* | chromium:libllvm* | chromium:libgl1-mesa-dri_* | chromium:libz3* | chromium:gcc-* | chromium:debconf_* | chromium:x11-utils_* | chromium:xdg-utils_*) ;; # the host's, or for graphics hardware
      *) dpkg-deb -x "$deb" "$folder/root" ;;
    esac
  done
done
rm -rf "$apt"
# Debian's Alertmanager reads its templates under a fixed path. The same number of bytes makes that the folder its wrapper opens as 9.
if [ "$server" = alertmanager ]; then
  LC_ALL=C sed 's#/usr/share/prometheus/alertmanager#/proc/self/fd/9///////////////////#g' "$folder/root/usr/bin/prometheus-alertmanager" >"$folder/root/usr/bin/alertmanager"
  chmod +x "$folder/root/usr/bin/alertmanager"
  rm "$folder/root/usr/bin/prometheus-alertmanager"
  opened=' 9<"$here/root/usr/share/prometheus/alertmanager"'
fi

if [ "$server" = chromium ]; then
  for libraries in "$folder"/root/usr/lib/*-linux-gnu*; do break; done
  triplet=${libraries##*/}
  cat >"$folder/fonts.conf" <<'FONTS'
<?xml version="1.0"?>
<fontconfig><dir prefix="relative">root/usr/share/fonts</dir><cachedir prefix="xdg">fontconfig</cachedir></fontconfig>
FONTS
  cat >"$folder/bin/chromium" <<WRAPPER
#!/bin/sh
here=\$(cd "\$(dirname "\$0")/.." && pwd)
libraries=\$here/root/usr/lib/$triplet
FONTCONFIG_FILE=\$here/fonts.conf XDG_CACHE_HOME=\$here/home/cache XDG_CONFIG_HOME=\$here/home/config LD_LIBRARY_PATH=\$libraries:\$here/root/lib/$triplet:\$libraries/pulseaudio exec "\$here/root/usr/lib/chromium/chromium-headless-shell" "\$@"
WRAPPER
  chmod +x "$folder/bin/chromium"
  "$folder/bin/chromium" --version >/dev/null || refuse "the unpacked chromium does not run on this machine"
  exit 0
fi

for loader in "$folder"/root/usr/lib/*/ld-linux*.so.* "$folder"/root/lib/*/ld-linux*.so.*; do [ -f "$loader" ] && break; done
[ -f "$loader" ] || refuse "no loader among the unpacked files"
loader=${loader#"$folder/"}
triplet=${loader%/*}
triplet=${triplet##*/}
for binary in $binaries; do
  cat >"$folder/bin/$binary" <<WRAPPER
#!/bin/sh
here=\$(cd "\$(dirname "\$0")/.." && pwd)
exec "\$here/$loader" --library-path "\$here/root/usr/lib/$triplet:\$here/root/lib/$triplet" "\$here/root/usr/bin/$binary" "\$@"${opened-}
WRAPPER
  chmod +x "$folder/bin/$binary"
done
"$folder/bin/$server" --version >/dev/null || refuse "the unpacked $server does not run on this machine"
