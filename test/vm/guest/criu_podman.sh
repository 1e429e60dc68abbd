#!/bin/bash
# Usage: criu_podman.sh RUNTIME, as root in the guest of `vm-run -s -d 1024 -m 3072`: Podman's chain of checkpoints, for which the kernel
# must track memory. Prints a line for each check, and `N passed, N failed` last. shellcheck disable=SC2154
set -u
here=$(cd "${BASH_SOURCE[0]%/*}/.." && pwd)
. "$here/checks.sh"
at=/mnt/engines
mkdir -p $at/bin
ln -sf "$runtime" $at/bin/tsrun
export PATH=$here/../../.cache/criu/bin:$at/bin:/usr/sbin:/usr/bin:/sbin:/bin
if ! criu check --feature mem_dirty_track >/dev/null 2>&1; then
  echo 'skipped: checkpoints by podman: there is no CRIU (scripts/setup/criu.sh), or the kernel does not track memory'
  finish
  exit
fi
tar -C $bundle/rootfs -cf $at/image.tar .
printf '[containers]\nlog_driver = "k8s-file"\n[engine]\ncgroup_manager = "systemd"\nevents_logger = "file"\nruntime = "tsrun"\n[engine.runtimes]\ntsrun = ["%s"]\n' $at/bin/tsrun >$at/containers.conf
printf '[storage]\ndriver = "overlay"\nrunroot = "/run/containers"\ngraphroot = "%s/storage"\n' $at >$at/storage.conf
mkdir -p /etc/containers
export CONTAINERS_CONF=$at/containers.conf CONTAINERS_STORAGE_CONF=$at/storage.conf
podman import $at/image.tar box >/dev/null 2>&1
counts='i=0; while :; do i=$((i+1)); echo $i; sleep 0.1; done'
last() { podman logs --tail=1 "$1" 2>&1; }
past() { for _ in $(seq 100); do [ "$(last "$1")" -gt "$2" ] 2>/dev/null && echo on && return; sleep 0.2; done; last "$1"; } # ID COUNT
checkpoint() { podman container checkpoint --compress=none "$@" p 2>&1 | grep -vx 'p\|[0-9a-f]*'; }
podman run -d --name p --network none --memory 64m box sh -c "$counts" >/dev/null 2>&1
past p 5 >/dev/null
check 'podman: checkpoint --pre-checkpoint' '' "$(checkpoint --pre-checkpoint --export=$at/first.tar)"
check 'podman: leaves the container running' on "$(past p "$(last p)")"
reached=$(last p)
check 'podman: checkpoint --with-previous' '' "$(checkpoint --with-previous --export=$at/second.tar)"
podman rm -f -t 0 p >/dev/null 2>&1
check 'podman: restore --import-previous --import' 'again' "$(podman container restore --import-previous=$at/first.tar --import=$at/second.tar --name=again >/dev/null 2>$at/error || cat $at/error; podman ps --format '{{.Names}}')"
check 'podman: the restored container has its memory' on "$(past again "$reached")"
check 'podman: with its memory limit' 67108864 "$(systemctl show --value -p MemoryMax "libpod-$(podman inspect --format '{{.Id}}' again).scope")"
podman rm -f -t 0 again >/dev/null 2>&1
check 'podman: nothing is left' '' "$(podman ps --all --quiet; systemctl list-units --all --plain --no-legend 'libpod-*.scope')"
finish
