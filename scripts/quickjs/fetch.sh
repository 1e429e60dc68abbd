#!/bin/sh
# Usage: fetch.sh DIRECTORY
#
# Puts the unpacked QuickJS sources into DIRECTORY. They come from Debian's archive through apt, which checks the archive's signature; a private
# configuration keeps the machine's own package lists as they are. The tarball is pinned by its SHA-256 beside that.
set -eu
here=$(dirname "$0")
. "$here/version.sh"
target=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ -e "$keyring" ] || { echo "missing $keyring: install debian-archive-keyring" >&2; exit 1; }
mirror=$(python3 "$here/mirror.py")
mkdir -p "$work/lists/partial" "$work/archives/partial" "$work/parts" "$work/source"
echo "deb-src [signed-by=$keyring] $mirror trixie main" > "$work/sources.list"
# The sandbox user _apt could not write below a private directory.
cat > "$work/apt.conf" <<CONF
Dir::Etc::SourceList "$work/sources.list";
Dir::Etc::SourceParts "$work/parts";
Dir::State::Lists "$work/lists";
Dir::Cache "$work";
APT::Sandbox::User "root";
CONF
export APT_CONFIG="$work/apt.conf"
apt-get -qq update
(cd "$work/source" && apt-get -qq source --download-only quickjs)

tarball="$work/source/quickjs_$quickjs_version.orig.tar.xz"
[ -e "$tarball" ] || { echo "the archive has $(ls "$work/source"), not quickjs $quickjs_version" >&2; exit 1; }
echo "$quickjs_sha256  $tarball" | sha256sum --check --quiet
rm -rf "$target"
mkdir -p "$target"
tar -xJf "$tarball" -C "$target" --strip-components=1
