#!/bin/bash
# Usage: systemd.sh RUNTIME, as root in the guest of `vm-run -s`: the systemd cgroup driver with systemd and dbus-daemon themselves.
# Prints a line for each check, and `N passed, N failed` last.
# shellcheck disable=SC2154
set -u
here=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
. "$here/checks.sh"
cg=/sys/fs/cgroup s=$cg/system.slice/tsrun-s.scope
sd() { "$runtime" --systemd-cgroup "$@" 2>&1; }
# A container keeps its output open, which would keep a $(...) waiting.
made() { "$runtime" --systemd-cgroup "$@" >/dev/shm/made 2>&1 </dev/null; cat /dev/shm/made; }
show() { systemctl show --value -p "$2" "$1"; } # UNIT PROPERTY
units() { systemctl list-units --all --plain --no-legend 'tsrun*' 'mine*' | cut -d' ' -f1 | tr '\n' ' '; }
resources='c["linux"]["resources"].update(memory=dict(limit=67108864, swap=67108864, reservation=16777216), pids=dict(limit=20),
  cpu=dict(shares=512, quota=33333, period=100000, cpus="0"), unified={"memory.high": "60002304"})'

configure 'shell("cat /proc/self/cgroup; exit 3")'
check 'systemd: run is in the scope and ends with the status of its program' '0::/3' "$(sd run s)$?"
configure 'c["linux"]["namespaces"] = [n for n in c["linux"]["namespaces"] if n["type"] != "cgroup"]; shell("cat /proc/self/cgroup")'
check 'systemd: the default is system.slice and tsrun-ID.scope' '0::/system.slice/tsrun-s.scope' "$(sd run s)"
check 'systemd: nothing is left after run' '' "$(units)$(ls -d $s 2>/dev/null; ls /run/tsrun)"

configure "$resources; shell('sleep 1000')"
check 'systemd: create' '' "$(made create s)"
check 'systemd: the unit runs before start' 'active system.slice yes' "$(echo $(show tsrun-s.scope ActiveState) $(show tsrun-s.scope Slice) $(show tsrun-s.scope Delegate))"
check 'systemd: start' '' "$(run start s)"
for pair in memory.max=67108864 memory.swap.max=0 memory.low=16777216 memory.high=60002304 pids.max=20 'cpu.max=33333 100000' cpu.weight=* cpuset.cpus=0; do
  check "systemd: cgroup ${pair%%=*}" "${pair#*=}" "$(cat $s/${pair%%=*})"
done
for pair in MemoryMax=67108864 MemorySwapMax=0 MemoryLow=16777216 MemoryHigh=60002304 TasksMax=20 CPUQuotaPerSecUSec=340ms CPUQuotaPeriodUSec=100ms \
  AllowedCPUs=0 CPUWeight="$(cat $s/cpu.weight)" DevicePolicy=strict CollectMode=inactive-or-failed; do
  check "systemd: property ${pair%%=*}" "${pair#*=}" "$(show tsrun-s.scope ${pair%%=*})"
done
limits() { (cd $s && cat memory.max memory.swap.max memory.low memory.high pids.max cpu.weight cpuset.cpus | tr '\n' ' '; cut -d' ' -f2 cpu.max); }
before=$(limits)
systemctl daemon-reload
sleep 0.3
check 'systemd: daemon-reload keeps the limits' "$before" "$(limits)"
check 'systemd: exec is in the scope' '*0::/' "$(run exec s cat /proc/self/cgroup)"
check 'systemd: another container of this unit is refused' '*tsrun-s.scope*exists and is in use*' "$(made --root /run/other create s)"
check 'systemd: and leaves nothing, nor ends the first' 'running' "$(ls /run/other 2>/dev/null)$(run state s | python3 -c 'import json, sys; print(json.load(sys.stdin)["status"])')"
check 'systemd: update' '' "$(run update --memory 128m --memory-swap 128m --pids-limit 30 --cpu-quota 50000 s)"
check 'systemd: update of the unit' '134217728 30 500ms' "$(echo $(show tsrun-s.scope MemoryMax) $(show tsrun-s.scope TasksMax) $(show tsrun-s.scope CPUQuotaPerSecUSec))"
systemctl daemon-reload
sleep 0.3
check 'systemd: daemon-reload keeps what was updated' '134217728 60002304 30 50000 100000' "$(cd $s && echo $(cat memory.max memory.high pids.max cpu.max))"
check 'systemd: delete --force' '' "$(run delete --force s)"
check 'systemd: nothing is left after delete' '' "$(units)$(ls -d $s 2>/dev/null; ls /run/tsrun)"

configure 'c["linux"]["cgroupsPath"] = "mine-a.slice:pre:x"; shell("sleep 1000")'
made create t
check 'systemd: slice:prefix:name, and the slice below its parent' 'pre-x.scope' "$(ls -d $cg/mine.slice/mine-a.slice/pre-x.scope | sed 's,.*/,,')"
run delete --force t
for path in a:b a:b:c mine.slice:: 'a--b.slice:x:y' '/x.slice:x:y' system.slice:x:y.slice; do
  configure "c['linux']['cgroupsPath'] = '$path'; shell('true')"
  check "systemd: cgroupsPath $path is refused" '*slice*' "$(made create t)"
done
check 'systemd: nothing is left of them' '' "$(units | sed 's/mine[a-z-]*.slice //g')$(ls /run/tsrun)"

property='c["annotations"] = {"org.systemd.property.'
configure "${property}TimeoutStopSec\": \"1.5\", \"org.systemd.property.KillSignal\": \"10\"}; shell('sleep 1000')"
check 'systemd: annotations are properties of the unit' '1.500000s 10' "$(made create t; echo $(show tsrun-t.scope TimeoutStopUSec | sed 's/^1.5s$/1.500000s/') $(show tsrun-t.scope KillSignal))"
run delete --force t
configure "${property}RuntimeMaxSec\": \"uint64 100\"}; shell('sleep 1000')"
check 'systemd: an annotation that the caller has not allowed is refused' '*RuntimeMaxSec*not allowed*' "$(made create t)"
check 'systemd: and is a property if it is allowed' '1min 40s' "$(made --allow-annotation org.systemd.property.RuntimeMaxSec create t; show tsrun-t.scope RuntimeMaxUSec)"
run delete --force t

# A failed unit of this name, of somebody who keeps it.
configure 'shell("echo ran")'
systemd-run --quiet --scope --unit tsrun-f --property=RuntimeMaxSec=1 sleep 30 2>/dev/null
until [ "$(show tsrun-f.scope ActiveState)" = failed ]; do sleep 0.1; done
check 'systemd: a failed unit of this name is reset' ran "$(sd run f)"

configure 'shell("sleep 1000")'
for delay in 0.005 0.01 0.02 0.03 0.05 0.08 0.12 0.2; do
  timeout -s KILL $delay "$runtime" --systemd-cgroup create k >/dev/null 2>&1
  run delete --force k
done >/dev/shm/killed 2>&1
check 'systemd: delete --force after kill -9 at any moment leaves nothing' '' "$(units | sed 's/mine[a-z-]*.slice //g')$(ls /run/tsrun; ls -d $cg/system.slice/tsrun* 2>/dev/null; grep -v Killed /dev/shm/killed)"

finish
