#!/bin/sh
# Usage: machine.sh NAME DIRECTORY < a pipe
#
# Creates an environment that looks like a separate machine to an engine, prints `ready`, and keeps it until the pipe is closed (or its
# writer dies). Then the kernel ends every process in it, and with them its mounts and interfaces, and the cgroups are removed.
#
# - mount, pid, network and IPC namespaces: daemons, mounts, bridges and packet filters do not reach the host;
# - /run, /var/lib and /var/tmp are new and empty, except DIRECTORY, which stays where it is;
# - cgroup v2 at /sys/fs/cgroup as on a unified host, even if the host is a hybrid; its root is the cgroup NAME;
# - with MACHINE_ROOT, the programs and libraries are those of the root file system in this directory, which stays as it is; DIRECTORY and
#   the project are where they were.
set -eu
name=$1
directory=$2

case ${3:-} in
  '')
    hierarchy=/sys/fs/cgroup
    [ -e "$hierarchy/cgroup.controllers" ] || hierarchy=/sys/fs/cgroup/unified
    [ -e "$hierarchy/cgroup.controllers" ] || { echo 'cgroup v2 is not mounted' >&2; exit 1; }
    mkdir "$hierarchy/$name"
    trap 'find "$hierarchy/$name" -depth -type d -exec rmdir {} +' EXIT
    (
      echo 0 > "$hierarchy/$name/cgroup.procs"
      # The cgroup in which a process calls unshare becomes the root of the new cgroup namespace (cgroup_namespaces(7)).
      exec unshare --cgroup "$0" "$name" "$directory" "$hierarchy/$name"
    )
    exit
    ;;
  /*)
    # A cgroup that enables controllers for its children may not contain processes (cgroups(7), "no internal processes").
    mkdir "$3/engine"
    echo 0 > "$3/engine/cgroup.procs"
    exec unshare --mount --propagation private --pid --fork --kill-child --mount-proc --net --ipc "$0" "$name" "$directory" inside
    ;;
esac

ip link set lo up
umount --recursive --lazy /sys/fs/cgroup
base=
if [ -n "${MACHINE_ROOT:-}" ]; then
  mount -t tmpfs tmpfs /mnt
  mkdir /mnt/upper /mnt/work /mnt/root
  mount -t overlay -o "lowerdir=$MACHINE_ROOT,upperdir=/mnt/upper,workdir=/mnt/work" overlay /mnt/root
  base=/mnt/root
  mount -t proc proc "$base/proc"
  mount --rbind /dev "$base/dev"
  project=$(cd "$(dirname "$0")/../../.." && pwd)
  mkdir -p "$base$project"
  mount --bind "$project" "$base$project"
fi
# sysfs shows the interfaces of the network namespace that mounts it.
mount -t sysfs sysfs "$base/sys"
mount -t cgroup2 cgroup2 "$base/sys/fs/cgroup"
for controller in $(cat "$base/sys/fs/cgroup/cgroup.controllers"); do
  echo "+$controller" > "$base/sys/fs/cgroup/cgroup.subtree_control"
done

exec 3< "$directory"
for covered in /run /var/lib /var/tmp; do
  mount -t tmpfs -o mode=755 tmpfs "$base$covered"
done
mkdir -p "$base$directory"
mount --no-canonicalize --bind /proc/self/fd/3 "$base$directory"
exec 3<&-
if [ -n "$base" ]; then
  cd "$base"
  pivot_root . mnt
  cd /
  umount --lazy /mnt
fi

echo ready
# Orphans become children of pid 1, and the kernel reaps them automatically.
exec env --ignore-signal=CHLD cat > /dev/null
