#!/bin/sh
# Prints three lines: the directory of quickjs.h, the library file, and the version. Fetches and builds them if necessary.
#
# TSRUN_QUICKJS   unset    an installed library if it is new enough, otherwise Debian 13's sources
#                 debian   Debian 13's sources, even if a library is installed
#                 ng       quickjs-ng, from Debian sid's qjs-src
#                 system   the distribution's library; fails if there is none or it is too old
#                 DIR      sources, or a directory with quickjs.h and libquickjs.a
# CC and CFLAGS compile the sources.
set -eu
here=$(dirname "$0")
root=$(cd "$here/../.." && pwd)
. "$here/version.sh"
want=${TSRUN_QUICKJS:-}

fail() {
  echo "TSRUN_QUICKJS=$want: $1 (docs/building.md)" >&2
  exit 1
}

installed() {
  if pkg-config --exists quickjs 2> /dev/null; then
    include=$(pkg-config --variable=includedir quickjs)
    library="$(pkg-config --variable=libdir quickjs)/libquickjs.a"
  else
    # QuickJS has no pkg-config file. Its Makefile installs into lib/quickjs; Debian and Fedora move that to where their libraries are.
    include=/usr/include/quickjs
    for directory in "lib/$(${CC:-gcc} -print-multiarch 2> /dev/null || true)" lib64 lib; do
      library="/usr/$directory/quickjs/libquickjs.a"
      [ ! -e "$library" ] || break
    done
  fi
  [ -e "$library" ] && [ -e "$include/quickjs.h" ]
}

# The version of the engine at $include and $library; empty if unknown. QuickJS has it in a string of JS_DumpMemoryUsage, quickjs-ng in its
# header.
version() {
  macro() { sed -n "s/^#define QJS_VERSION_$1 *\([0-9]*\).*/\1/p" "$include/quickjs.h"; }
  if [ -n "$(macro MAJOR)" ]; then
    echo "ng $(macro MAJOR).$(macro MINOR).$(macro PATCH)"
  else
    LC_ALL=C grep -aoE 'QuickJS memory usage -- [0-9]{4}-[0-9]{2}-[0-9]{2}' "$library" | sed -n '1s/.* //p'
  fi
}

new_enough() { # new_enough VERSION
  case $1 in
    'ng '*) least=$ng_oldest ;;
    *) least=$quickjs_oldest ;;
  esac
  [ -n "$1" ] && [ "$(printf '%s\n%s\n' "$least" "${1#ng }" | sort -V | head -n 1)" = "$least" ]
}

too_old() { echo "${found:+QuickJS }${found:-a QuickJS without a version} is too old: $quickjs_oldest or newer, or quickjs-ng $ng_oldest or newer, is needed"; }

built() { # built SOURCES: compiles them once per compiler, flags and recipe
  [ -e "$1/quickjs.c" ] || fail "$1 has no quickjs.c"
  key=$({ cat "$here/build.sh" "$here/defined_clz.h" "$1/quickjs.h"; cat "$1/VERSION" 2> /dev/null || true; ${CC:-gcc} --version; echo "${CC:-gcc} ${CFLAGS:-}"; } | sha256sum | cut -c 1-12)
  include="$root/.cache/quickjs/$key"
  library="$include/libquickjs.a"
  [ ! -e "$library" ] || return 0
  mkdir -p "$root/.cache/quickjs"
  # Two builds at once: the second waits and finds the library.
  flock "$root/.cache/quickjs/lock" sh -c '[ -e "$1" ] || exec "$2" "$3" "$4" >&2' sh "$library" "$here/build.sh" "$1" "$include"
}

fetched() { # fetched ENGINE VERSION
  sources="$root/.cache/quickjs/$1-$2"
  [ -e "$sources/quickjs.h" ] || "$here/fetch.sh" "$1" "$sources" >&2
  built "$sources"
}

case $want in
  '')
    if ! installed; then
      fetched quickjs "$quickjs_version"
    elif found=$(version); ! new_enough "$found"; then
      echo "the installed library is not used: $(too_old)" >&2
      fetched quickjs "$quickjs_version"
    fi
    ;;
  debian) fetched quickjs "$quickjs_version" ;;
  ng) fetched ng "$ng_version" ;;
  system) installed || fail 'no installed libquickjs.a was found: install libquickjs (Debian, Ubuntu), quickjs-devel (Fedora) or quickjs-dev (Alpine)' ;;
  *)
    if [ -e "$want/libquickjs.a" ]; then
      include=$want
      library="$want/libquickjs.a"
    else
      built "$want"
    fi
    ;;
esac
found=$(version)
new_enough "$found" || fail "$(too_old)"
printf '%s\n' "$include" "$library" "$found"
