#!/bin/sh
# `tsrun` until the package's install script puts the executable itself in this place, and for good where install scripts do not run: looks for the executable in the package of this platform.
self=$0
while [ -L "$self" ]; do
  link=$(readlink "$self")
  case $link in
    /*) self=$link ;;
    *) self=${self%/*}/$link ;;
  esac
done
package=$(CDPATH='' cd -P "${self%/*}/.." && pwd)
case $(uname -m) in
  x86_64) cpu=x64 ;;
  aarch64) cpu=arm64 ;;
  *) cpu=other ;;
esac
directory=$package
while :; do
  for libc in gnu musl; do
    program=$directory/node_modules/@tsrun/linux-$cpu-$libc/bin/tsrun
    [ ! -x "$program" ] || exec "$program" "$@"
  done
  [ -n "$directory" ] || break
  directory=${directory%/*}
done
# Without a package of this platform, on the addon that the install script built.
exec node "$package/dist/main.js" "$@"
