#!/bin/sh
# Prints two lines: the directory of quickjs.h, and the library file. Fetches and builds them when they are not there yet.
#
# TSRUN_QUICKJS   unset    a library that pkg-config knows, else Debian 13's sources
#                 debian   Debian 13's sources, whatever is installed
#                 system   the distribution's library; an error where there is none
#                 DIR      sources, or a directory with quickjs.h and libquickjs.a
set -eu
here=$(dirname "$0")
root=$(cd "$here/../.." && pwd)
. "$here/version.sh"
want=${TSRUN_QUICKJS:-}

installed() {
  if pkg-config --exists quickjs 2> /dev/null; then
    pkg-config --variable=includedir quickjs
    echo "$(pkg-config --variable=libdir quickjs)/libquickjs.a"
    return
  fi
  # Debian's libquickjs has no pkg-config file.
  library="/usr/lib/$(gcc -print-multiarch)/quickjs/libquickjs.a"
  [ -e "$library" ] && [ -e /usr/include/quickjs/quickjs.h ] || return 1
  echo /usr/include/quickjs
  echo "$library"
}

built() { # built SOURCES: compiles them once for each compiler and recipe
  key=$({ cat "$here/build.sh" "$1/VERSION"; ${CC:-gcc} --version; } | sha256sum | cut -c 1-12)
  output="$root/.cache/quickjs/$key"
  [ -e "$output/VERSION" ] || "$here/build.sh" "$1" "$output" >&2
  echo "$output"
  echo "$output/libquickjs.a"
}

case $want in
  system)
    installed || { echo "TSRUN_QUICKJS=system: no installed libquickjs was found" >&2; exit 1; }
    ;;
  '' | debian)
    if [ "$want" = debian ] || ! installed; then
      sources="$root/.cache/quickjs/quickjs-$quickjs_version"
      [ -e "$sources/VERSION" ] || "$here/fetch.sh" "$sources" >&2
      built "$sources"
    fi
    ;;
  *)
    if [ -e "$want/libquickjs.a" ]; then
      echo "$want"
      echo "$want/libquickjs.a"
    elif [ -e "$want/quickjs.c" ]; then
      built "$want"
    else
      echo "TSRUN_QUICKJS=$want: neither libquickjs.a nor quickjs.c is there" >&2
      exit 1
    fi
    ;;
esac
