#!/bin/sh
# Usage: cross.sh arm64
#
# Builds the executable and the addon for another architecture into build/targets/linux-ARCHITECTURE-gnu/, with Debian's cross compiler.
# Debian's emulator runs the compiler of bytecode and the maker of heap images.
set -eu
cd "$(dirname "$0")/../.."
[ "${1:-}" = arm64 ] || { echo 'usage: package.sh cross arm64' >&2; exit 1; }
triple=aarch64-linux-gnu
emulator=qemu-aarch64-static
for program in $triple-gcc $triple-g++ $emulator; do
  command -v "$program" > /dev/null || { echo "$program is missing: run scripts/setup.sh --cross" >&2; exit 1; }
done

root=$PWD
tree=build/cross/arm64
sysroot=$root/.cache/sysroot/arm64
scripts/package/sysroot.sh arm64 "$sysroot"
mkdir -p "$tree"
# Preserve times, so that only changed files are compiled again.
for name in native scripts src; do
  rm -rf "${tree:?}/$name"
  cp -a "$name" "$tree/$name"
done
cp -a binding.gyp package.json tsconfig*.json "$tree"
ln -sfn "$root/node_modules" "$tree/node_modules"
ln -sfn "$root/.cache" "$tree/.cache"

export CC=$triple-gcc CXX=$triple-g++ AR=$triple-ar npm_config_arch=arm64
export CXXFLAGS="-isystem $sysroot/usr/include" LDFLAGS="-L$sysroot/usr/lib/$triple"
export TSRUN_SECCOMP=static TSRUN_QUICKJS="${TSRUN_QUICKJS:-debian}" TSRUN_EMULATOR=$emulator QEMU_LD_PREFIX=/usr/$triple
(cd "$tree" && node scripts/build.mjs)
target=build/targets/linux-arm64-gnu
mkdir -p "$target"
cp "$tree/dist/tsrun" "$tree/dist/tsrun.node" "$target"
node scripts/package/glibc.mjs "$target/tsrun.node"
