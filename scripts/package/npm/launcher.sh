#!/bin/sh
# The package's `tsrun` until its install script replaces it with the executable itself, and permanently if install scripts do not run:
# finds and runs the executable in the package for this platform. `command -p` finds the system's tools even if PATH does not. It is called
# tsrun.bin because Yarn runs every script of another name with Node.js.
version=@VERSION@
fail() {
  echo "tsrun: $1" >&2
  exit 1
}

self=$0
# Package managers call it by the name of its link, or by that of the file.
case ${self##*/} in containerd-shim-tsrun-v2 | containerd-shim-tsrun-v2.bin) set -- containerd-shim-tsrun-v2 "$@" ;; esac
case $self in */*) ;; *) self=./$self ;; esac
while [ -L "$self" ]; do
  link=$(command -p readlink "$self") || fail "cannot read the link $self"
  case $link in
    /*) self=$link ;;
    *) self=${self%/*}/$link ;;
  esac
done
package=$(CDPATH='' cd -P -- "${self%/*}/.." && pwd) || fail "cannot find its package from $self"
case $(command -p uname -m) in
  x86_64) cpu=x64 ;;
  aarch64) cpu=arm64 ;;
  *) cpu=other ;;
esac
# A package of another version may be there for another version of this one.
fits() {
  [ -x "$1/bin/tsrun" ] || return 1
  while read -r line; do
    [ "$line" != "\"version\": \"$version\"," ] || return 0
  done < "$1/package.json"
  return 1
}

# Either C library will do: the executable is linked statically.
directory=$package
while :; do
  for libc in gnu musl; do
    # The second is where Yarn unpacks packages for Plug'n'Play.
    for platform in "$directory/node_modules/@tsrun/linux-$cpu-$libc" "$directory/@tsrun-linux-$cpu-$libc-"*"/node_modules/@tsrun/linux-$cpu-$libc"; do
      ! fits "$platform" || exec "$platform/bin/tsrun" "$@"
    done
  done
  [ -n "$directory" ] || break
  directory=${directory%/*}
done
[ "${1-}" != containerd-shim-tsrun-v2 ] || fail "the shim needs the native executable, and no package for linux $cpu is installed beside $package"
# If there is no package for this platform, use the addon that the install script built.
command -v node > /dev/null || fail "no package for linux $cpu is installed beside $package, and there is no node in PATH: install @tsrun/runtime again with optional dependencies"
exec node "$package/dist/main.js" "$@"
