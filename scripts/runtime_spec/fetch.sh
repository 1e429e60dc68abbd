#!/bin/sh
# Usage: fetch.sh DIRECTORY
#
# Puts the JSON schema of the runtime specification into DIRECTORY. It comes from Debian's source package through apt, which checks the
# archive's signature (scripts/quickjs/apt.sh); the file is also pinned by SHA-256. Release 1.2.1 is the newest that Debian has:
# additions.mjs has what 1.3 adds.
set -eu
engine=$(cd "$(dirname "$0")/../quickjs" && pwd)
. "$engine/apt.sh"
version=1.2.1
sha256=512fe51de9b6a42a7ae91145050c9ec48c36e687b394ca8a0fef4680ce5387f6
target=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mirror=$(python3 "$engine/mirror.py")
private_apt "$work" "deb-src [signed-by=$debian_keyring] $mirror sid main"
tarball=golang-github-opencontainers-specs_$version.orig.tar.xz
mkdir -p "$work/source" "$target"
cd "$work/source"
apt-get -qq source --download-only --tar-only golang-github-opencontainers-specs
[ -e "$tarball" ] || { echo "Debian's archive has $(echo *), not runtime-spec $version" >&2; exit 1; }
echo "$sha256  $tarball" | sha256sum --check --quiet
tar -xJf "$tarball" --strip-components=1
cd - > /dev/null
cp "$work"/source/schema/*.json "$target"
