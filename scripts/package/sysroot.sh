#!/bin/sh
# Usage: sysroot.sh arm64|x64-musl|arm64-musl DIRECTORY
#
# Puts into DIRECTORY what Debian's compiler needs to build for a platform: for glibc libseccomp; for musl that C library, and libseccomp
# compiled from Debian's sources for it, and compilers in DIRECTORY/bin (musl/compiler.sh).
set -eu
platform=$1
target=$2
here=$(cd "$(dirname "$0")" && pwd)
recipe=$(cat "$0" "$here/fetch.sh" "$here/../quickjs/apt.sh" "$here"/musl/*.* "$here"/musl/bits/* | sha256sum)
[ "$(cat "$target/installed" 2> /dev/null || true)" != "$recipe" ] || exit 0
case $platform in
  arm64*) architecture=arm64 machine=aarch64 ;;
  x64*) architecture=amd64 machine=x86_64 ;;
esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
rm -rf "$target"
mkdir -p "$target"

unpack() { # unpack PACKAGE...
  "$here/fetch.sh" $architecture "$work/packages" "$@"
  for package in "$work"/packages/*.deb; do dpkg-deb -x "$package" "$target"; done
}

case $platform in
  *-musl)
    unpack musl musl-dev linux-libc-dev
    "$here/musl/compilers.sh" $machine "$target"
    "$here/fetch.sh" $architecture "$work/source" --source libseccomp
    (cd "$work/source" && dpkg-source --no-check -x ./*.dsc tree > /dev/null)
    cd "$work/source/tree"
    # Debian's patch changes the table of system calls, so it has to be written again.
    touch src/syscalls.csv
    [ -x configure ] || autoreconf -i
    ./configure --quiet --host=$machine-linux-musl --build="$(uname -m)-linux-gnu" --enable-static --disable-shared CC="$target/bin/cc" CFLAGS='-O2 -fPIC'
    make --quiet -C src libseccomp.la
    cp include/seccomp.h include/seccomp-syscalls.h "$target/include"
    cp src/.libs/libseccomp.a "$target/lib"
    ;;
  *) unpack libseccomp-dev ;;
esac
echo "$recipe" > "$target/installed"
