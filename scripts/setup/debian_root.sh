#!/bin/sh
# Usage: debian_root.sh SUITE DIRECTORY [PACKAGE...]
#
# Makes the root file system of this suite of Debian (sid, trixie) in DIRECTORY by debootstrap(8), if it is not there, and installs the
# packages that it misses, without recommended ones. Needs root. debootstrap and apt check the archive's signature. Nothing is installed on
# this machine, and no daemon is started. `in_root.sh DIRECTORY COMMAND` runs a command in it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
engine="$here/../quickjs"
. "$engine/apt.sh"
[ $# -gt 1 ] || { echo 'usage: debian_root.sh SUITE DIRECTORY [PACKAGE...]' >&2; exit 1; }
suite=$1
shift
mkdir -p "$(dirname "$1")"
root=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
shift

# Two calls at the same time would work in the same directory.
exec 9> "$root.lock"
flock 9

if [ ! -e "$root" ]; then
  [ "$(id -u)" = 0 ] || { echo 'debian_root.sh must run as root: the files of the root file system belong to several users' >&2; exit 1; }
  command -v debootstrap > /dev/null || { echo 'debootstrap is missing: apt-get install debootstrap' >&2; exit 1; }
  mirror=$(python3 "$engine/mirror.py") || { echo 'set TSRUN_DEBIAN_MIRROR to the address of a Debian archive' >&2; exit 1; }
  rm -rf "$root.new"
  debootstrap --foreign --variant=minbase --include=ca-certificates --keyring="$debian_keyring" "$suite" "$root.new" "$mirror"
  # On a machine that is a container of Docker itself, debootstrap makes a link to /proc of the caller.
  [ ! -L "$root.new/proc" ] || rm "$root.new/proc"
  # No daemon is started (invoke-rc.d(8)), no cache of packages is kept.
  printf '#!/bin/sh\nexit 101\n' > "$root.new/usr/sbin/policy-rc.d"
  chmod 755 "$root.new/usr/sbin/policy-rc.d"
  "$here/in_root.sh" "$root.new" /debootstrap/debootstrap --second-stage
  echo "deb [signed-by=$debian_keyring] $mirror $suite main" > "$root.new/etc/apt/sources.list"
  mkdir -p "$root.new/etc/apt/apt.conf.d"
  # Proxies, and an archive that is a snapshot of a certain day, whose Release file has expired.
  for key in Check-Valid-Until Check-Date http https; do
    apt-config dump --format '%F "%v";%n' "Acquire::$key"
  done > "$root.new/etc/apt/apt.conf.d/90machine"
  mv "$root.new" "$root"
fi

missing=
for package in "$@"; do
  "$here/in_root.sh" "$root" dpkg-query -W -f '${db:Status-Status}' "$package" 2> /dev/null | grep -qx installed || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
"$here/in_root.sh" "$root" apt-get -qq update
# shellcheck disable=SC2086 # names of packages are words
"$here/in_root.sh" "$root" env DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends -y $missing > /dev/null
"$here/in_root.sh" "$root" apt-get -qq clean
