#!/bin/sh
# Usage: fetch.sh ARCHITECTURE DIRECTORY [--source] PACKAGE...
#
# Downloads Debian's packages for an architecture (Debian's name of it) into DIRECTORY; with --source, source packages. apt checks the archive's signature; a private
# configuration keeps the machine's own package lists, and its architectures, as they are.
set -eu
architecture=$1
target=$2
shift 2
kind=deb
[ "$1" != --source ] || { kind=deb-src; shift; }
here=$(cd "$(dirname "$0")" && pwd)
release=$(. /etc/os-release && echo "$VERSION_CODENAME")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
mkdir -p "$work/lists/partial" "$work/archives/partial" "$work/parts" "$target"
: > "$work/status"
echo "$kind [signed-by=$keyring] $(python3 "$here/../quickjs/mirror.py") $release main" > "$work/sources.list"
cat > "$work/apt.conf" <<CONF
APT::Architecture "$architecture";
APT::Architectures { "$architecture"; };
Dir::Etc::SourceList "$work/sources.list";
Dir::Etc::SourceParts "$work/parts";
Dir::State::Lists "$work/lists";
Dir::State::status "$work/status";
Dir::Cache "$work";
APT::Sandbox::User "root";
CONF
export APT_CONFIG="$work/apt.conf"
apt-get -qq update
cd "$target"
case $kind in
  deb) apt-get -qq download "$@" ;;
  deb-src) apt-get -qq source --download-only "$@" ;;
esac
