#!/bin/sh
# Usage: sysroot.sh ARCHITECTURE DIRECTORY
#
# Unpacks Debian's libseccomp for another architecture (by Debian's name) into DIRECTORY. apt checks the archive's signature. A private
# configuration leaves the machine's own package lists and architectures unchanged.
set -eu
architecture=$1
target=$2
[ ! -e "$target/installed" ] || exit 0
here=$(cd "$(dirname "$0")" && pwd)
release=$(. /etc/os-release && echo "$VERSION_CODENAME")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
mkdir -p "$work/lists/partial" "$work/archives/partial" "$work/parts"
: > "$work/status"
echo "deb [signed-by=$keyring] $(python3 "$here/../quickjs/mirror.py") $release main" > "$work/sources.list"
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
(cd "$work" && apt-get -qq download libseccomp-dev)
rm -rf "$target"
mkdir -p "$target"
dpkg-deb -x "$work"/libseccomp-dev_*.deb "$target"
touch "$target/installed"
