#!/bin/sh
# Builds the two wasm files of runtime/wasm and writes what they came from beside them.
# Needs: cargo, the compiler of get-toolchain.sh, node >= 22.15 (for zstd). No network when the crates are there.
# Always: the same sources on the same machine give the same bytes; no path of the machine is in them.
#   build-wasm.sh [OUT]      default: runtime/wasm
# RUST_WASM: folder of the compiler; WASM_TARGET_DIR: folder of the build; default: both in .cache of the repository
set -eu
cd "$(dirname "$0")/.."
root=$(cd .. && pwd)
toolchain=${RUST_WASM:-$root/.cache/rust-wasm}
out=$(mkdir -p "${1:-wasm}" && cd "${1:-wasm}" && pwd)
[ -x "$toolchain/bin/rustc" ] || { echo "build-wasm: no compiler in $toolchain; run runtime/scripts/get-toolchain.sh first" >&2; exit 69; }
export CARGO_TARGET_DIR="${WASM_TARGET_DIR:-$root/.cache/wasm-target}"
export RUSTC="$toolchain/bin/rustc" RUSTC_BOOTSTRAP=1 CARGO_TARGET_WASM32V1_NONE_LINKER="$toolchain/bin/rust-lld"
# flags joined by the unit separator: values may hold spaces
flags='--cfg substrate_runtime -C link-arg=--export-table -C link-arg=--export=__heap_base -C link-arg=--import-memory'
CARGO_ENCODED_RUSTFLAGS=$(printf '%s' "$flags" | tr ' ' '\037')
remap() { CARGO_ENCODED_RUSTFLAGS="$CARGO_ENCODED_RUSTFLAGS$(printf '\037')--remap-path-prefix=$1=$2"; }
remap "$root/runtime" /runtime
remap "$CARGO_TARGET_DIR" /target
remap "$toolchain" /rust
for registry in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*; do remap "$registry" /crates; done
export CARGO_ENCODED_RUSTFLAGS
build() { # NAME FEATURES
  cargo rustc --release --locked -Z build-std=core,alloc --target wasm32v1-none -p gantry-dev-runtime \
    --no-default-features --features "$2" --crate-type cdylib
  # the magic bytes tell nodes that zstd follows
  node -e '
    const { readFileSync, writeFileSync } = require("node:fs");
    const { zstdCompressSync, constants } = require("node:zlib");
    const [from, to] = process.argv.slice(1);
    const raw = readFileSync(from);
    const packed = zstdCompressSync(raw, { params: { [constants.ZSTD_c_compressionLevel]: 19, [constants.ZSTD_c_contentSizeFlag]: 1 } });
    const magic = Buffer.from([0x52, 0xbc, 0x53, 0x76, 0x46, 0xdb, 0x8e, 0x05]);
    writeFileSync(to, Buffer.concat([magic, packed]));
    console.log(`${to.split("/").at(-1)}: ${raw.length} bytes, ${magic.length + packed.length} compressed`);
  ' "$CARGO_TARGET_DIR/wasm32v1-none/release/gantry_dev_runtime.wasm" "$out/$1"
}
build gantry-dev.wasm ""
build gantry-dev-upgrade.wasm upgrade
(cd "$out" && sha256sum gantry-dev.wasm gantry-dev-upgrade.wasm > SHA256SUMS)
sh scripts/sources.sh > "$out/sources.sha256"
cat "$out/SHA256SUMS"
