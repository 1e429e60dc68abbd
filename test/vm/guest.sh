#!/bin/bash
# Usage: guest.sh RUNTIME, as root in the guest of vm-run: tests that need every cgroup v2 controller, AppArmor and CAP_SYS_RESOURCE.
# Prints a line for each check, and `N passed, N failed` last.
set -u
here=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
programs=$here/../programs
. "$here/checks.sh"

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

# Attributes inherited from the caller whose setting needs a capability or kernel that other machines may lack (docs/decisions/0016).
cat >/dev/shm/profile <<'P'
profile tsrun-caller flags=(attach_disconnected,mediate_deleted) { file, capability, network, mount, umount, pivot_root, signal, ptrace, unix, }
P
apparmor_parser -r /dev/shm/profile
labelled() { sh -c 'echo "exec tsrun-caller" >/proc/self/attr/exec && exec "$@"' sh "$runtime" "$@" 2>&1; }
configure 'shell("cat /proc/self/attr/current")'
check 'inherited: the AppArmor profile of the caller, by run' 'tsrun-caller (enforce)' "$(labelled run k)"
configure 'shell("cat /proc/self/attr/current >/tmp/label; sleep 1000")'
labelled create k
run start k
until [ -s rootfs/tmp/label ]; do sleep 0.1; done
check 'inherited: the AppArmor profile of the caller, by create, even if another process starts it' 'tsrun-caller (enforce)' "$(cat rootfs/tmp/label)"
check 'inherited: not the profile of the container by exec, but that of its caller' unconfined "$(run exec k cat /proc/self/attr/current)"
check 'inherited: the AppArmor profile of the caller, by exec' 'tsrun-caller (enforce)' "$(labelled exec k cat /proc/self/attr/current)"
run delete --force k
for name in inherit attack/attach; do gcc -O1 -static -o rootfs/bin/${name#*/} "$programs/$name.c"; done
for name in ioflusher ioport; do
  look="c['process']['args'] = ['/bin/inherit', 'show', '$name']"
  configure "$look"
  check "inherited: $name is not there by itself" 0 "$(run run k)"
  check "inherited: $name of the caller, by run" 1 "$(rootfs/bin/inherit set $name "$runtime" run k 2>&1)"
  configure 'shell("sleep 1000")'
  run run --detach k
  check "inherited: $name of the caller, by exec" 1 "$(rootfs/bin/inherit set $name "$runtime" exec k inherit show $name 2>&1)"
  run delete --force k
  configure 'c["process"]["args"] = ["sh", "-c", "inherit show '$name' >/tmp/seen; sleep 1000"]'
  rm -f rootfs/tmp/seen
  rootfs/bin/inherit set $name "$runtime" create k
  run start k
  until [ -s rootfs/tmp/seen ]; do sleep 0.1; done
  check "inherited: $name of the caller, by create" 1 "$(cat rootfs/tmp/seen)"
  run delete --force k
done

# tsrun-init in another container's pid namespace, where a process tries to trace it until it has executed the program with its label.
cat >/dev/shm/profile <<'P'
profile tsrun-apart flags=(attach_disconnected,mediate_deleted) { file, capability, network, signal, ptrace peer=tsrun-apart, }
P
apparmor_parser -r /dev/shm/profile
attacked() { # CAPABILITIES PROFILE: those of the container that attacks, for twelve seconds and at least six rounds of victims
  configure "c['process']['args'] = ['/bin/attach', '200', 'sleep', '/tmp/enough']; c['process']['apparmorProfile'] = '$2'
for kind in ('bounding', 'effective', 'permitted'): c['process']['capabilities'][kind] = $1"
  # What the attacker before has said is not taken for this one's.
  rm -f rootfs/tmp/enough /dev/shm/attacker
  "$runtime" run l >/dev/shm/attacker 2>&1 &
  local attacker=$! pid rounds=0 begin=$SECONDS
  until grep -qs ready /dev/shm/attacker || ! kill -0 $attacker; do sleep 0.1; done
  pid=$("$runtime" state l | python3 -c 'import json, sys; print(json.load(sys.stdin)["pid"])')
  configure "c['process']['args'] = ['sleep', '0']; c['process']['apparmorProfile'] = 'tsrun-apart'
c['mounts'] = [m for m in c['mounts'] if m['type'] != 'proc']; c['linux']['maskedPaths'] = c['linux']['readonlyPaths'] = []
for n in c['linux']['namespaces']:
  if n['type'] == 'pid': n['path'] = '/proc/$pid/ns/pid'"
  while kill -0 "$pid" 2>/dev/null && ((rounds++ < 6 || SECONDS - begin < 12)); do
    run run m
    run create m
    run start m
    run delete --force m
  done >/dev/shm/victims
  touch rootfs/tmp/enough
  wait $attacker
  rm -f rootfs/tmp/enough
  cat /dev/shm/attacker
}
trace='["CAP_SYS_PTRACE"]'
check 'joined pid namespace: AppArmor keeps CAP_SYS_PTRACE from tsrun-init before it has its label' $'ready\nsaw [1-9]*' "$(attacked "$trace" tsrun-apart)"
check 'joined pid namespace: without CAP_SYS_PTRACE nobody traces tsrun-init' $'ready\nsaw [1-9]*' "$(attacked '[]' '')"
check 'joined pid namespace: with it and without AppArmor one does, as docs/differences.md says' $'ready\n*got *saw [1-9]*' "$(attacked "$trace" '')"

configure 'c["linux"]["resources"].update(memory=dict(limit=33554432, swap=67108864, reservation=16777216), pids=dict(limit=10),
  cpu=dict(quota=20000, period=100000, shares=1024, cpus="0"), blockIO=dict(weight=100), unified={"memory.high": "30003200"}); shell("sleep 1000")'
run create d
for pair in memory.max=33554432 memory.swap.max=33554432 memory.low=16777216 memory.high=30003200 pids.max=10 'cpu.max=20000 100000' cpu.weight=100 cpuset.cpus=0; do
  check "limits: ${pair%%=*}" "${pair#*=}" "$(cat /sys/fs/cgroup/tsrun-d/${pair%%=*})"
done
run delete --force d
cg=/sys/fs/cgroup all=$(cat /sys/fs/cgroup/cgroup.controllers)
configure 'c["linux"]["cgroupsPath"] = "/outer/inner/x"; shell("sleep 1000")'
run create j
check 'controllers: all of them, through each ancestor' "$all" "$(cat $cg/outer/inner/x/cgroup.controllers)"
check 'controllers: what is in use is counted without limits' '[0-9]* [0-9]* usage_usec*' "$(cd $cg/outer/inner/x && echo $(cat memory.current pids.current cpu.stat))"
run delete --force j
check 'controllers: the parents go with the last container' '' "$(ls -d $cg/outer 2>/dev/null)"
configure 'shell("sleep 1000")'
run create j
check 'controllers: all of them on the default path' "$all" "$(cat $cg/tsrun-j/cgroup.controllers)"
run delete --force j
mkdir $cg/busy
sleep 1000 &
sleeper=$!
echo $sleeper >$cg/busy/cgroup.procs
configure 'c["linux"]["cgroupsPath"] = "/busy/x"; shell("echo ran")'
check 'controllers: an ancestor with processes refuses them, which is no error without a limit' ran "$(run run j)"
check 'controllers: and stays a domain' domain "$(cat $cg/busy/cgroup.type)"
for limit in 'pids = dict(limit=5)' 'memory = dict(limit=33554432)'; do
  configure 'c["linux"]["cgroupsPath"] = "/busy/x"; c["linux"]["resources"].update('"${limit/ = /=}"'); shell("echo ran")'
  check "controllers: and is one for ${limit%% *}" '*subtree_control*device or resource busy*' "$(run run j)"
done
kill $sleeper; wait $sleeper 2>/dev/null; rmdir $cg/busy
configure 'shell("mkdir /sys/fs/cgroup/below; echo +pids > /sys/fs/cgroup/cgroup.subtree_control; cat /sys/fs/cgroup/cgroup.subtree_control; cat /sys/fs/cgroup/below/pids.current")
for m in c["mounts"]:
  if m["type"] in ("cgroup", "cgroup2"): m["options"] = ["rw", "nosuid", "noexec", "nodev"]'
check 'controllers: the container gives them to cgroups of its own' $'pids\n0' "$(run run j)"
configure 'c["linux"]["resources"]["pids"] = dict(limit=-1); shell("sleep 1000")'
run create j
check 'limits: pids.limit -1 is max' max "$(cat $cg/tsrun-j/pids.max)"
run delete --force j
configure 'c["linux"]["resources"]["pids"] = dict(limit=0); shell("true & wait; echo forked")'
check 'limits: pids.limit 0 is none' forked "$(run run j)"
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

. "$here/guest/effects.sh"
. "$here/guest/limits.sh"
. "$here/guest/events.sh"
. "$here/guest/sandbox.sh"
. "$here/guest/shim.sh"

check 'nothing is left' '' "$(ls -d /sys/fs/cgroup/tsrun* 2>/dev/null; ls /run/tsrun)"
finish
