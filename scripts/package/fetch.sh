#!/bin/sh
# Usage: fetch.sh ARCHITECTURE DIRECTORY [--source] PACKAGE...
#
# Downloads Debian's packages for an architecture (Debian's name of it) into DIRECTORY; with --source, source packages.
set -eu
architecture=$1
target=$2
shift 2
kind=deb
[ "$1" != --source ] || { kind=deb-src; shift; }
engine=$(cd "$(dirname "$0")/../quickjs" && pwd)
. "$engine/apt.sh"
release=$(. /etc/os-release && echo "$VERSION_CODENAME")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$target"
private_apt "$work" "$kind [signed-by=$debian_keyring] $(python3 "$engine/mirror.py") $release main" "$architecture"
cd "$target"
case $kind in
  deb) apt-get -qq download "$@" ;;
  deb-src) apt-get -qq source --download-only "$@" ;;
esac
