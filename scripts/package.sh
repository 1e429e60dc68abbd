#!/bin/sh
# Usage: package.sh manual [DIRECTORY]
#        package.sh install [--prefix DIRECTORY] [--destdir DIRECTORY]
#        package.sh deb [DIRECTORY]
#        package.sh npm [DIRECTORY]
#        package.sh cross arm64|x64-musl|arm64-musl
#
# manual    writes the manual pages and the completions into DIRECTORY (default: build/manual)
# install   installs the executable of `npm run build`, manual pages and completions below DESTDIR/PREFIX (default: /usr/local)
# deb       makes the Debian package in DIRECTORY (default: build/packages)
# npm       packs @tsrun/runtime, and a package for each platform that has been built, into DIRECTORY (default: build/packages)
# cross     builds for arm64, or for musl, with Debian's compilers; npm then packs that, too
set -eu
cd "$(dirname "$0")/.."
command=${1:-}
[ $# -eq 0 ] || shift
case $command in
  manual | install | deb | npm | cross) exec "scripts/package/$command.sh" "$@" ;;
  *) sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2; exit 1 ;;
esac
