#!/bin/sh
# Usage: build.sh SOURCES OUTPUT
#
# Compiles only the engine (no quickjs-libc) to OUTPUT/libquickjs.a and copies its header there. Each function gets a section, so that the
# linker can leave the parser out of the executable, which only runs bytecode. Honours CC, and CFLAGS for sanitizers.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
sources=$1
output=$2
rm -rf "$output"
mkdir -p "$output"
pids=
for unit in quickjs libregexp libunicode cutils dtoa; do
  # In quickjs-ng, cutils is only a header.
  [ -e "$sources/$unit.c" ] || [ "$unit" = quickjs ] || continue
  # -funsigned-char and -fwrapv are from QuickJS' own Makefile.
  # shellcheck disable=SC2086 # flags are words
  ${CC:-gcc} -O3 -fPIE -fno-plt -fstack-protector-strong -fwrapv -funsigned-char -ffunction-sections -fdata-sections -D_GNU_SOURCE \
    -include "$here/defined_clz.h" -DCONFIG_VERSION="\"$(cat "$sources/VERSION" 2> /dev/null || true)\"" -w ${CFLAGS:-} -c "$sources/$unit.c" -o "$output/$unit.o" &
  pids="$pids $!"
done
for pid in $pids; do wait "$pid"; done
cp "$sources/quickjs.h" "$output/"
${AR:-ar} rcs "$output/unfinished" "$output"/*.o
rm "$output"/*.o
# Last, because it marks the build as complete.
mv "$output/unfinished" "$output/libquickjs.a"
