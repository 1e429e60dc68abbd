#!/bin/bash
# Usage: kernel.sh RUNTIME, as root in the guest of vm-run: tests what depends on the kernel's version (see
# "Kernels" in docs/testing.md). Prints a line for each check, and `N passed, N failed` last.
set -u
here=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
. "$here/checks.sh"
echo "kernel: $(uname -r)"

report=$("$runtime" check --host)
check 'check --host: containers can run' '*containers can run on this host' "$report"
check 'check --host: everything that a container needs is there' '' "$(grep -E '^missing: (kernel|namespaces|cgroup)' <<<"$report")"
grep -E '^(limited|missing)' <<<"$report"
check 'check --host: leaves nothing' '0' "$(grep -c tsrun-init /proc/[0-9]*/comm 2>/dev/null | grep -vc ':0$')"

user='c["linux"]["namespaces"].append(dict(type="user")); c["linux"]["uidMappings"] = c["linux"]["gidMappings"] = [dict(containerID=0, hostID=100000, size=65536)]'
configure 'shell("id -u; echo alive")'
check 'run' $'0\nalive' "$(run run a)"
configure 'shell("sleep 1000")'
# Not in $(...), which would wait for the container to close the pipe.
run create b >/dev/shm/output
check 'create' 0:created "$?:$(run state b | grep -o created -m1 | head -n1)"
check 'start' '' "$(run start b)"
check 'exec: setns on a pidfd' 'alive' "$(run exec b sh -c 'echo alive')"
check 'pause' '' "$(run pause b)"
check 'resume' '' "$(run resume b)"
check 'update' '' "$(run update --memory 33554432 b)"
check 'update: the limit is there' 33554432 "$(cat /sys/fs/cgroup/tsrun-b/memory.max)"
check 'kill' '' "$(run kill b KILL)"
check 'delete: cgroup.kill' '' "$(run delete --force b)"
configure 'shell("head -n1 /proc/self/mountinfo >/dev/null; grep -c \" /tmp/x .*ro,nosuid\" /proc/self/mountinfo; mkdir /tmp/x/y 2>&1")
c["mounts"].append(dict(destination="/tmp/x", type="bind", source="/dev/shm", options=["rbind", "rro", "nosuid"]))'
check 'mounts: recursive attributes' $'1\n*Read-only file system' "$(run run c)"
configure 'shell("touch /new; id -u; cat /proc/self/uid_map | wc -l")'
check 'overlay in memory: the root stays as it is' $'0\n1:' "$(run run --overlay=memory d):$(ls $bundle/rootfs/new 2>/dev/null)"
chown -R 100000:100000 $bundle/rootfs
configure "$user"'; shell("id -u; touch /mine; echo $?")'
check 'user namespace' $'0\n0' "$(run run e)"
check 'user namespace, overlay in memory' $'0\n0' "$(run run --overlay=memory f)"
chown -R 0:0 $bundle/rootfs
mkdir -p /dev/shm/volume && touch /dev/shm/volume/file
configure "$user"'; shell("cat /proc/self/uid_map >/dev/null; ls -ln /v/file | cut -c12-20")
c["mounts"].append(dict(destination="/v", type="bind", source="/dev/shm/volume", options=["bind"], uidMappings=c["linux"]["uidMappings"], gidMappings=c["linux"]["gidMappings"]))'
chown -R 100000:100000 $bundle/rootfs
IFS=.- read -r major minor _ < <(uname -r)
if ((major > 6 || (major == 6 && minor >= 3))); then
  check 'idmapped mount of a tmpfs' '*[ ]0*' "$(run run g)"
else
  check 'idmapped mount of a tmpfs: refused by a kernel before 6.3' '*(EINVAL)*' "$(run run g)"
fi
chown -R 0:0 $bundle/rootfs
configure 'shell("cat /proc/self/status | grep -c Seccomp_filters"); c["linux"]["seccomp"] = dict(defaultAction="SCMP_ACT_ALLOW",
  flags=["SECCOMP_FILTER_FLAG_LOG"], syscalls=[dict(names=["mkdir"], action="SCMP_ACT_ERRNO", errnoRet=13)])'
check 'seccomp' 1 "$(run run h)"
configure 'c["linux"]["namespaces"].append(dict(type="time")); c["linux"]["timeOffsets"] = dict(boottime=dict(secs=1000000)); shell("cut -d. -f1 /proc/uptime")'
check 'time namespace' '10[0-9][0-9][0-9][0-9][0-9]' "$(run run i)"
if [ -e /proc/sys/vm/memfd_noexec ]; then
  configure 'shell("echo alive")'
  check 'vm.memfd_noexec=2' alive "$(unshare --pid --fork --mount-proc sh -c 'echo 2 >/proc/sys/vm/memfd_noexec; exec "$@"' sh "$runtime" run j 2>&1)"
fi

. "$here/guest/own_mounts.sh"
. "$here/guest/user.sh"
check 'nothing is left' '' "$(ls -d /sys/fs/cgroup/tsrun* 2>/dev/null; ls /run/tsrun)"
finish
