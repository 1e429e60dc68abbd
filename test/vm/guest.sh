#!/bin/bash
# Usage: guest.sh RUNTIME, as root in the guest of vm-run: what needs a kernel with every cgroup v2 controller, AppArmor, and CAP_SYS_RESOURCE.
# Prints a line for each check, and `N passed, N failed` last.
set -u
. "${BASH_SOURCE[0]%/*}/checks.sh"

cat >/dev/shm/profile <<'P'
profile tsrun-test flags=(attach_disconnected,mediate_deleted) { file, capability, network, mount, signal, ptrace, deny /tmp/** w, }
P
apparmor_parser -r /dev/shm/profile
configure 'c["process"]["apparmorProfile"] = "tsrun-test"; shell("cat /proc/self/attr/current; touch /tmp/x; echo $?; touch /y; echo $?")'
check 'AppArmor: the process is confined' $'tsrun-test (enforce)\n*Permission denied\n1\n0' "$(run run a)"
configure 'c["process"]["apparmorProfile"] = "tsrun-test"; shell("sleep 1000")'
run run --detach b
check 'AppArmor: exec inherits the profile' 'tsrun-test (enforce)' "$(run exec b cat /proc/self/attr/current)"
echo '{"args": ["cat", "/proc/self/attr/current"], "cwd": "/", "env": ["PATH=/bin"], "user": {"uid": 0, "gid": 0}}' >/dev/shm/process.json
check 'AppArmor: exec --process inherits the profile' 'tsrun-test (enforce)' "$(run exec --process /dev/shm/process.json b)"
run delete --force b
configure 'shell("sleep 1000")'
run run --detach b
check 'AppArmor: exec --apparmor' 'tsrun-test (enforce)' "$(run exec --apparmor tsrun-test b cat /proc/self/attr/current)"
run delete --force b
configure 'c["process"]["apparmorProfile"] = "no-such-profile"; shell("true")'
check 'AppArmor: a profile that is not loaded is an error' '*no-such-profile*no such file or directory*' "$(run run c)"

configure 'c["linux"]["resources"].update(memory=dict(limit=33554432, swap=67108864, reservation=16777216), pids=dict(limit=10),
  cpu=dict(quota=20000, period=100000, shares=1024, cpus="0"), blockIO=dict(weight=100), unified={"memory.high": "30003200"}); shell("sleep 1000")'
run create d
for pair in memory.max=33554432 memory.swap.max=33554432 memory.low=16777216 memory.high=30003200 pids.max=10 'cpu.max=20000 100000' cpu.weight=100 cpuset.cpus=0; do
  check "limits: ${pair%%=*}" "${pair#*=}" "$(cat /sys/fs/cgroup/tsrun-d/${pair%%=*})"
done
run delete --force d
configure 'c["linux"]["resources"]["pids"] = dict(limit=5); shell("for i in 1 2 3 4 5 6 7 8; do sleep 1 & done")'
check 'limits: no more processes than pids.limit' '*Resource temporarily unavailable*' "$(run run e)"
configure 'c["linux"]["resources"]["memory"] = dict(limit=33554432, swap=33554432); shell("tail /dev/zero")'
run run f >/dev/null
check 'limits: more memory than the limit is the end' 137 $?
configure 'c["linux"]["resources"]["memory"] = dict(limit=524288); shell("true"); c["process"]["args"] = ["/bin/true"]'
run run g
check 'limits: /bin/true starts in half a megabyte' 0 $?

configure 'c["process"]["rlimits"] = [dict(type="RLIMIT_NOFILE", soft=1048576, hard=1048576)]; shell("ulimit -n")'
check 'rlimits are raised above those of the caller' 1048576 "$(ulimit -Hn 4096; run run h)"
configure 'c["process"]["rlimits"] = [dict(type="RLIMIT_NOFILE", soft=1048576, hard=1048576)]; shell("id -u; ulimit -n; cat /proc/self/oom_score_adj")
c["process"]["oomScoreAdj"] = -500
c["linux"]["namespaces"].append(dict(type="user"))
c["linux"]["uidMappings"] = c["linux"]["gidMappings"] = [dict(containerID=0, hostID=100000, size=65536)]'
chown -R 100000:100000 rootfs
check 'rlimits and the OOM score of a user namespace are set from outside' $'0\n1048576\n-500' "$(ulimit -Hn 4096; run run i)"

check 'nothing is left' '' "$(ls -d /sys/fs/cgroup/tsrun* 2>/dev/null; ls /run/tsrun)"
finish
