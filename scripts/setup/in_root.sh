#!/bin/sh
# Usage: in_root.sh DIRECTORY COMMAND...
#
# Runs COMMAND with DIRECTORY as the root of its file system, in a mount namespace of its own, with this machine's /dev, /proc, /sys and
# network. pivot_root(2) instead of chroot(2): the kernel refuses a new user namespace in a chroot (user_namespaces(7)), and engines make
# them.
set -eu
[ $# -gt 1 ] || { echo 'usage: in_root.sh DIRECTORY COMMAND...' >&2; exit 1; }
case $1 in
  --inside) shift ;;
  *) exec unshare --mount --propagation private "$0" --inside "$@" ;;
esac
root=$1
shift
mount --bind "$root" "$root"
for directory in dev proc sys; do
  mkdir -p "$root/$directory"
  mount --rbind "/$directory" "$root/$directory"
done
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mkdir -p "$root/run/lock"
[ ! -L "$root/etc/resolv.conf" ] || rm "$root/etc/resolv.conf"
cat /etc/resolv.conf > "$root/etc/resolv.conf"
cat /etc/hosts > "$root/etc/hosts"
cd "$root"
mkdir -p mnt
pivot_root . mnt
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
umount --lazy /mnt
cd /
exec "$@"
