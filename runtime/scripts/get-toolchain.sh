#!/bin/sh
# Unpacks a Rust compiler that can build core for wasm (rustc, rust-src and lld of Debian unstable) into a
# folder and runs it by its own loader. Nothing is installed on the machine and no root is needed.
# Needs apt-get, dpkg-deb and a Debian-like machine of the architecture x86-64; about 1.1 GB, a minute or less.
# Idempotent: does nothing when the folder holds a working compiler.
#   get-toolchain.sh [DIR]      default: .cache/rust-wasm of the repository
set -eu
here=$(cd "$(dirname "$0")/../.." && pwd)
dir=${1:-$here/.cache/rust-wasm}
if [ -x "$dir/bin/rustc" ] && "$dir/bin/rustc" -V >/dev/null 2>&1; then "$dir/bin/rustc" -V; exit 0; fi
for tool in apt-get dpkg-deb; do
  command -v $tool >/dev/null || { echo "get-toolchain: $tool is missing; this recipe needs a Debian-like machine" >&2; exit 69; }
done
mkdir -p "$dir/apt/lists/partial" "$dir/apt/archives/partial" "$dir/debs" "$dir/root" "$dir/bin"
dir=$(cd "$dir" && pwd)
mirror=$(sed -n 's/^URIs: *\([^ ]*\).*/\1/p' /etc/apt/sources.list.d/debian.sources 2>/dev/null | head -n 1)
[ -n "$mirror" ] || { echo "get-toolchain: no Debian mirror in /etc/apt/sources.list.d/debian.sources" >&2; exit 69; }
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror sid main" > "$dir/apt/sources.list"
: > "$dir/apt/status"
# unstable's Release file may count as expired by this machine's clock
apt() {
  tool=$1; shift
  "$tool" -q -o Dir::Etc::sourcelist="$dir/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null -o Dir::State="$dir/apt" \
    -o Dir::State::lists="$dir/apt/lists" -o Dir::State::status="$dir/apt/status" -o Dir::Cache="$dir/apt" \
    -o Dir::Cache::archives="$dir/apt/archives" -o Acquire::Check-Valid-Until=false -o APT::Sandbox::User=root "$@"
}
apt apt-get update
lld=$(apt apt-cache depends lld | awk '/Depends: lld-/{print $2; exit}')
# resolved against an empty system; what only links for the host is left out
list=$(apt apt-get -o APT::Install-Recommends=false -s install rustc rust-src "$lld" | awk '/^Inst /{print $2}' \
  | grep -Ev '^(gcc|g\+\+|cpp|binutils|libbinutils|libgprofng|libctf|libsframe|lib(a|t|l|ub|hwa)san|libgcc-[0-9]+-dev|libc6-dev|libc-dev|linux-libc|libc-gconv|libcrypt|rpcsvc|libcc1|libitm|libgomp|libquadmath|libisl|libmpc|libmpfr|perl|debconf|cdebconf|dpkg|tar|media-types)')
# shellcheck disable=SC2086  # a list of words
(cd "$dir/debs" && apt apt-get download $list)
for deb in "$dir"/debs/*.deb; do dpkg-deb -x "$deb" "$dir/root"; done
rm -rf "$dir/debs" "$dir/apt/archives"
loader="$dir/root/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"
llvm=$(echo "$dir"/root/usr/lib/llvm-*)
libs="$dir/root/usr/lib/x86_64-linux-gnu:$llvm/lib"
printf '#!/bin/sh\nexec %s --library-path %s --argv0 %s %s --sysroot %s "$@"\n' "$loader" "$libs" "$dir/root/usr/bin/rustc" "$dir/root/usr/bin/rustc" "$dir/root/usr" > "$dir/bin/rustc"
printf '#!/bin/sh\nexec %s --library-path %s --argv0 rust-lld %s "$@"\n' "$loader" "$libs" "$llvm/bin/lld" > "$dir/bin/rust-lld"
chmod +x "$dir"/bin/*
"$dir/bin/rustc" -V
"$dir/bin/rust-lld" -flavor wasm --version
