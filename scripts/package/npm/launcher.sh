#!/bin/sh
# The package's `tsrun` until its install script replaces it with the executable itself, and permanently if install scripts do not run:
# finds and runs the executable in the package for this platform.
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
# If there is no package for this platform, use the addon that the install script built.
exec node "$package/dist/main.js" "$@"
