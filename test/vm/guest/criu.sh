#!/bin/bash
# Usage: criu.sh RUNTIME, as root in the guest of vm-run: checkpoint and restore by CRIU itself where the kernel tracks memory and has
# userfaultfd, and root has all capabilities. In the guest of `vm-run -s`, only with the systemd cgroup driver. Prints a line for each
# check, and `N passed, N failed` last. shellcheck disable=SC2154
set -u
here=$(cd "${BASH_SOURCE[0]%/*}/.." && pwd)
. "$here/checks.sh"
export PATH=$here/../../.cache/criu/bin:$PATH
if ! criu --version >/dev/null 2>&1; then
  echo 'skipped: checkpoint and restore: there is no CRIU: run scripts/setup/criu.sh'
  finish
  exit
fi
for name in nc ifconfig; do ln -sf busybox rootfs/bin/$name; done
gcc -O1 -static -o rootfs/bin/memory "$here/../programs/criu/memory.c"
at=/dev/shm/criu cg=/sys/fs/cgroup
mkdir $at
count='i=0; while :; do i=$((i+1)); echo $i; sleep 0.05; done'
driver=()

# A container keeps its output open, so a $(...) would wait for it. CRIU refuses another file for it if its size is not the same, but not
# one that is only appended to.
started() { "$runtime" "${driver[@]}" run --detach "$@" >>$at/${!#}.out 2>&1 </dev/null || cat $at/${!#}.out; } # FLAG... ID
back() { "$runtime" "${driver[@]}" restore --detach "$@" >>$at/${!#}.out 2>&1 </dev/null || cat $at/${!#}.out; } # FLAG... ID
last() { grep -x '[0-9]*' $at/$1.out | tail -n 1; }
until_it() { for _ in $(seq 200); do "$@" && return; sleep 0.05; done; return 1; }
past() { [ "$(last $1)" -gt "$2" ] 2>/dev/null; }
goes_on() { until_it past $1 "$2" && echo on; } # ID COUNT: it counts beyond that
state() { "$runtime" state $1 | python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' $2; }
gone() { run delete --force $1; }
has() { criu check --feature $1 >/dev/null 2>&1; }
allocated() { du -k --total "$@" | tail -n 1 | cut -f1; }

if [ -d /run/systemd/system ]; then
  . "$here/guest/criu_systemd.sh"
else
  . "$here/guest/criu_memory.sh"
  . "$here/guest/criu_places.sh"
fi
check 'criu: nothing is left of the containers' '' "$(ls /run/tsrun 2>/dev/null; ls -d $cg/tsrun* $cg/system.slice/tsrun* 2>/dev/null; grep -e tsrun -e criu-root /proc/self/mounts)"
finish
