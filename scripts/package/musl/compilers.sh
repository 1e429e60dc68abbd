#!/bin/sh
# Usage: compilers.sh MACHINE SYSROOT
#
# Writes SYSROOT/bin/cc and c++: Debian's compiler for MACHINE (x86_64, aarch64), with musl's headers and library instead of glibc's. Debian
# has no libstdc++ for musl. Its headers are enough, because neither exceptions nor streams are used: every template is compiled here, and
# what is left is in runtime.cc.
set -eu
machine=$1
sysroot=$2
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$sysroot/bin" "$sysroot/include" "$sysroot/lib"
# The kernel's headers alone, since others lie beside them.
for name in linux asm-generic mtd rdma; do ln -sfn "../usr/include/$name" "$sysroot/include/$name"; done
ln -sfn "../usr/include/$machine-linux-gnu/asm" "$sysroot/include/asm"
cp -r "$here/bits" "$sysroot/include"
cp "$here/addon.map" "$sysroot/lib"
# By the name that is asked for where the addon is loaded. musl knows itself by it; glibc refuses it.
ln -sfn "../lib/$machine-linux-musl/libc.so" "$sysroot/lib/libc.musl-$machine.so.1"

for language in c c++; do
  case $language in
    c) name=cc compiler=$machine-linux-gnu-gcc directories= ;;
    c++)
      name=c++ compiler=$machine-linux-gnu-g++
      directories=$("$compiler" -E -v -x c++ /dev/null 2>&1 | sed -n '/^#include </,/^End/s/^ \(.*c++.*\)/-isystem \1/p' | tr '\n' ' ')
      ;;
  esac
  {
    echo '#!/bin/sh'
    echo "sysroot=$sysroot machine=$machine compiler=$compiler"
    echo "headers='-isystem $sysroot/include $directories -isystem $("$compiler" -print-file-name=include)'"
    sed -n '/^# ---/,$p' "$here/compiler.sh"
  } > "$sysroot/bin/$name"
  chmod +x "$sysroot/bin/$name"
done
"$sysroot/bin/c++" -O2 -fPIC -std=c++17 -fno-exceptions -fno-rtti -fvisibility=hidden -ffunction-sections -Wall -Wextra -Werror -c "$here/runtime.cc" -o "$sysroot/lib/runtime.o"
