#!/bin/sh
# Installs what test/vm needs: an emulated machine with a kernel that has every cgroup v2 controller, AppArmor, SELinux and systemd. Does
# nothing if nothing is missing.
set -eu
cd "$(dirname "$0")/.."
if [ "$(uname -m)" != x86_64 ]; then
  echo 'the emulated machine of the gate needs an x86-64 host: skipped' >&2
  exit 0
fi
missing=
for package in qemu-system-x86 linux-image-amd64 busybox-static cpio kmod e2fsprogs apparmor secilc python3 systemd dbus; do
  dpkg-query -W -f '${db:Status-Status}' "$package" 2> /dev/null | grep -qx installed || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
[ "$(id -u)" = 0 ] || { echo "missing packages:$missing (run as root, or install them)" >&2; exit 1; }
echo "installing$missing"
apt-get -qq update
# shellcheck disable=SC2086 # names of packages are words
DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends -y $missing > /dev/null
