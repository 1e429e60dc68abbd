#!/bin/sh
# Usage: fetch.sh quickjs|ng DIRECTORY
#
# Puts the sources of QuickJS or quickjs-ng into DIRECTORY. They come from Debian's archive through apt, which checks the archive's
# signature (apt.sh). The files are also pinned by SHA-256.
set -eu
here=$(dirname "$0")
. "$here/version.sh"
. "$here/apt.sh"
engine=$1
target=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
  echo "$1" >&2
  exit 1
}

own="or set TSRUN_QUICKJS to a directory with the sources of QuickJS $quickjs_oldest or newer (docs/building.md)"
command -v apt-get > /dev/null || fail "QuickJS comes from Debian's archive, and there is no apt-get here: install your distribution's QuickJS for development, $own"
[ -e "$debian_keyring" ] || fail "QuickJS comes from Debian's archive, and its keys are missing: install the package debian-archive-keyring, $own"
mirror=$(python3 "$here/mirror.py") || fail "QuickJS comes from Debian's archive, and /etc/apt names none: set TSRUN_DEBIAN_MIRROR=http://deb.debian.org/debian, $own"
mkdir -p "$work/source"
case $engine in
  quickjs) source="deb-src [signed-by=$debian_keyring] $mirror trixie main" ;;
  ng) source="deb [signed-by=$debian_keyring] $mirror sid main" ;;
  *) fail "fetch.sh: no engine is called $engine" ;;
esac
private_apt "$work" "$source" || fail "apt-get could not read Debian's archive at $mirror: if a public key is not available, the installed debian-archive-keyring is older than that release of Debian: install a newer one, $own"

pinned() { # pinned FILE SHA256
  echo "$2  $1" | sha256sum --check --quiet
}

cd "$work/source"
case $engine in
  quickjs)
    apt-get -qq source --download-only quickjs
    tarball="quickjs_$quickjs_version.orig.tar.xz"
    [ -e "$tarball" ] || fail "Debian's archive has $(echo *), not quickjs $quickjs_version"
    pinned "$tarball" "$quickjs_sha256"
    mkdir tree
    tar -xJf "$tarball" -C tree --strip-components=1
    ;;
  ng)
    apt-get -qq download "$ng_package" || fail "Debian sid no longer has $ng_package: set TSRUN_QUICKJS to a directory with the sources of quickjs-ng $ng_oldest or newer"
    pinned ./*.deb "$ng_sha256"
    dpkg-deb -x ./*.deb package
    mv package/usr/src/quickjs-ng tree
    ;;
esac
cd - > /dev/null
rm -rf "$target"
mkdir -p "$(dirname "$target")"
mv "$work/source/tree" "$target"
