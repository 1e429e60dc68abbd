#!/bin/sh
# Usage: cross.sh arm64|x64-musl|arm64-musl
#
# Builds the executable and the addon for another architecture, or another C library, into build/targets/, with Debian's compilers.
# For arm64, Debian's emulator runs the compiler of bytecode and the maker of heap images.
set -eu
cd "$(dirname "$0")/../.."
platform=${1:-}
case $platform in
  arm64 | arm64-musl) cpu=arm64 machine=aarch64 emulator=qemu-aarch64-static ;;
  x64-musl) cpu=x64 machine=x86_64 emulator=env ;;
  *) echo 'usage: package.sh cross arm64|x64-musl|arm64-musl' >&2; exit 1 ;;
esac
triple=$machine-linux-gnu
for program in $triple-gcc $triple-g++ $emulator; do
  command -v "$program" > /dev/null || { echo "$program is missing: run scripts/setup.sh --cross" >&2; exit 1; }
done

root=$PWD
tree=build/cross/$platform
sysroot=$root/.cache/sysroot/$platform
scripts/package/sysroot.sh "$platform" "$sysroot"
mkdir -p "$tree"
# Preserve times, so that only changed files are compiled again.
for name in native scripts src; do
  rm -rf "${tree:?}/$name"
  cp -a "$name" "$tree/$name"
done
cp -a binding.gyp package.json tsconfig*.json "$tree"
ln -sfn "$root/node_modules" "$tree/node_modules"
ln -sfn "$root/.cache" "$tree/.cache"

export npm_config_arch=$cpu AR=$triple-ar
export TSRUN_SECCOMP=static TSRUN_QUICKJS="${TSRUN_QUICKJS:-debian}" TSRUN_EMULATOR=$emulator
case $platform in
  *-musl)
    target=build/targets/linux-$platform
    export CC="$sysroot/bin/cc" CXX="$sysroot/bin/c++"
    ;;
  *)
    target=build/targets/linux-$platform-gnu
    export CC=$triple-gcc CXX=$triple-g++ CXXFLAGS="-isystem $sysroot/usr/include" LDFLAGS="-L$sysroot/usr/lib/$triple" QEMU_LD_PREFIX=/usr/$triple
    ;;
esac
(cd "$tree" && node scripts/build.mjs)
mkdir -p "$target"
cp "$tree/dist/tsrun" "$tree/dist/tsrun.node" "$target"
case $platform in
  *-musl) ;;
  *) node scripts/package/glibc.mjs "$target/tsrun.node" ;;
esac
