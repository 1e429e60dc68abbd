#!/bin/sh
# Usage: build.sh SOURCES OUTPUT
#
# Compiles the engine alone (no quickjs-libc, no bignum library) to OUTPUT/libquickjs.a and copies its header there. One section per function, so
# that the linker can leave the parser out of the executable, which runs bytecode only.
set -eu
. "$(dirname "$0")/version.sh"
sources=$1
output=$2
version=$(cat "$sources/VERSION")
rm -rf "$output"
mkdir -p "$output"
pids=
for unit in quickjs libregexp libunicode cutils dtoa; do
  # -funsigned-char and -fwrapv are what QuickJS' own Makefile asks for.
  ${CC:-gcc} -O3 -fPIE -fno-plt -fstack-protector-strong -fwrapv -funsigned-char -ffunction-sections -fdata-sections -D_GNU_SOURCE \
    -DCONFIG_VERSION="\"$version\"" -w -c "$sources/$unit.c" -o "$output/$unit.o" &
  pids="$pids $!"
done
for pid in $pids; do wait "$pid"; done
ar rcs "$output/libquickjs.a" "$output"/*.o
rm "$output"/*.o
cp "$sources/quickjs.h" "$output/"
echo "$version" | tr . - > "$output/VERSION"
