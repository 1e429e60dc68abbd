#!/bin/bash
# Usage: systemd.sh RUNTIME, as root in the guest of `vm-run -s`: the systemd cgroup driver with systemd and dbus-daemon themselves.
# Prints a line for each check, and `N passed, N failed` last.
# shellcheck disable=SC2154
set -u
here=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
. "$here/checks.sh"
cg=/sys/fs/cgroup s=$cg/system.slice/tsrun-s.scope
sd() { "$runtime" --systemd-cgroup "$@" 2>&1; }
# A container keeps its output open, so a $(...) would wait for it.
made() { "$runtime" --systemd-cgroup "$@" >/dev/shm/made 2>&1 </dev/null; cat /dev/shm/made; }
show() { systemctl show --value -p "$2" "$1"; } # UNIT PROPERTY
units() { systemctl list-units --all --plain --no-legend 'tsrun*' 'mine*' | cut -d' ' -f1 | tr '\n' ' '; }
resources='c["linux"]["resources"].update(memory=dict(limit=67108864, swap=67108864, reservation=16777216), pids=dict(limit=20),
  cpu=dict(shares=512, quota=33333, period=100000, cpus="0"), unified={"memory.high": "60002304"})'

# A bus that accepts connections and never answers, during everything below.
python3 -c 'import socket, time; s = socket.socket(socket.AF_UNIX); s.bind("/dev/shm/deaf"); s.listen(8); time.sleep(1000)' &
until [ -S /dev/shm/deaf ]; do sleep 0.1; done
configure 'shell("true")'
cp config.json config.deaf.json
(SECONDS=0; DBUS_SYSTEM_BUS_ADDRESS=unix:path=/dev/shm/deaf "$runtime" --root /run/deaf --systemd-cgroup create --config config.deaf.json deaf; echo "$? $SECONDS $(ls /run/deaf)") >/dev/shm/deaf.out 2>&1 &
deaf=$!

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
check 'systemd: a limit in place of a file of unified is kept by daemon-reload' $'99999744\n100663296\n100663296' \
  "$(echo '{"unified": {"memory.max": "99999744"}}' | sd update -r - s; cat $s/memory.max; run update --memory 96m --memory-swap 96m s; cat $s/memory.max; systemctl daemon-reload; sleep 0.3; cat $s/memory.max)"
check 'systemd: an update that fails takes the unit and the cgroup back' '*write "many"*30 30 60002304' \
  "$(echo '{"pids": {"limit": 7}, "unified": {"memory.high": "many"}}' | sd update -r - s) $(show tsrun-s.scope TasksMax) $(cat $s/pids.max) $(cat $s/memory.high)"
check 'systemd: delete --force' '' "$(run delete --force s)"
check 'systemd: nothing is left after delete' '' "$(units)$(ls -d $s 2>/dev/null; ls /run/tsrun)"

# A loop device: to open it takes no capability.
modprobe loop max_loop=8
ln -sf busybox rootfs/bin/dd
configure 'c["linux"]["devices"] = [dict(type="b", path="/dev/disk", major=7, minor=0)]; shell("sleep 1000")'
made create s
run start s
opened() { run exec s dd if=/dev/disk count=0 2>&1 | grep -c 'not permitted'; }
both() { opened; systemctl daemon-reload; sleep 0.3; opened; }
rules() { echo "{\"devices\": [{\"allow\": false}$1]}" >/dev/shm/rules.json; run update -r /dev/shm/rules.json s; }
check 'systemd: device rules are enforced, and after a daemon-reload' $'1\n1' "$(both)"
check 'systemd: update of device rules, of the unit and of the cgroup' $'0\n0' "$(rules ', {"allow": true, "type": "b", "major": 7, "minor": 0, "access": "rwm"}'; both)"
check 'systemd: the unit has the device' '*/dev/block/7:0 rwm*' "$(show tsrun-s.scope DeviceAllow)"
check 'systemd: and back' $'1\n1' "$(rules ''; both)"
run delete --force s

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

# A failed unit of this name that somebody else keeps.
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

for delay in 0.003 0.006 0.01 0.02 0.03 0.05; do
  made create k
  timeout -s KILL $delay "$runtime" update --memory 128m --pids-limit 9 k
  run delete --force k
done >/dev/shm/killed 2>&1
check 'systemd: delete --force after an update that was killed leaves nothing' '' "$(units | sed 's/mine[a-z-]*.slice //g')$(ls /run/tsrun; ls -d $cg/system.slice/tsrun* 2>/dev/null; grep -v Killed /dev/shm/killed)"

# A user's systemd: a user manager and its bus, without a login.
printf 'alice:x:1234:1234::/dev/shm/alice:/bin/sh\n' >>/etc/passwd
cat >/run/systemd/system/user@1234.service <<'U'
[Unit]
DefaultDependencies=no
[Service]
User=1234
Slice=user-1234.slice
Type=notify
Delegate=yes
KillMode=mixed
Environment=XDG_RUNTIME_DIR=/run/user/1234 HOME=/dev/shm/alice
ExecStartPre=+/bin/install -d -o 1234 -g 1234 -m 700 /run/user/1234 /dev/shm/alice
ExecStart=/lib/systemd/systemd --user --unit=dbus.socket
U
systemctl daemon-reload
systemctl start user@1234.service
mkdir -m 755 /dev/shm/user
cp "$runtime" /dev/shm/user/tsrun
cp -a rootfs /dev/shm/user/rootfs
chown -R 1234:1234 /dev/shm/user
chmod 755 /dev/shm/user /dev/shm/user/tsrun
as_user() { (cd /dev/shm/user && setpriv --reuid=1234 --regid=1234 --clear-groups env -u DBUS_SESSION_BUS_ADDRESS XDG_RUNTIME_DIR=/run/user/1234 "$@" </dev/null 2>&1); }
user_made() { as_user "$@" >/dev/shm/made; cat /dev/shm/made; }
user_show() { as_user systemctl --user show --value -p "$2" "$1"; }
as_user ./tsrun spec --rootless
python3 - <<'PY'
import json
c = json.load(open("/dev/shm/user/config.json"))
c["process"].update(terminal=False, args=["sleep", "1000"])
c["linux"]["resources"] = dict(pids=dict(limit=20), memory=dict(limit=67108864))
json.dump(c, open("/dev/shm/user/config.json", "w"))
PY
w=$cg/user.slice/user-1234.slice/user@1234.service/user.slice/tsrun-w.scope
check 'user: create in a scope of the own systemd' '' "$(user_made ./tsrun --systemd-cgroup create w)"
check 'user: the limits are in the cgroup and in the unit' '20 67108864 20 67108864' "$(echo $(cat $w/pids.max $w/memory.max) $(user_show tsrun-w.scope TasksMax) $(user_show tsrun-w.scope MemoryMax))"
as_user ./tsrun start w
check 'user: exec, moved by systemd' $'0\n0::/' "$(as_user ./tsrun exec w sh -c 'id -u; cat /proc/self/cgroup')"
check 'user: update' '30 30' "$(as_user ./tsrun update --pids-limit 30 w)$(echo $(cat $w/pids.max) $(user_show tsrun-w.scope TasksMax))"
check 'user: update of device rules is an error that says what it needs' '*CAP_BPF*30' "$(echo '{"pids": {"limit": 9}, "devices": [{"allow": true, "access": "rwm"}]}' >/dev/shm/user/devices.json; as_user ./tsrun update -r devices.json w; cat $w/pids.max)"
check 'user: pause and resume' 'paused' "$(as_user ./tsrun pause w; as_user ./tsrun state w | grep -o paused | head -n1; as_user ./tsrun resume w)"
check 'user: delete' '' "$(as_user ./tsrun delete --force w; ls -d $w 2>/dev/null; ls /run/user/1234/tsrun; as_user systemctl --user list-units --all --plain --no-legend 'tsrun*')"
# The same by the library, in a program of the user.
mkdir /dev/shm/user/package
cp -r "${runtime%/*}" /dev/shm/user/package/dist
cp "${runtime%/*}/../package.json" /dev/shm/user/package/
cat >/dev/shm/user/package/program.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { Runtime } from './dist/library/index.js';
const runtime = new Runtime({ systemdCgroup: true });
const container = await runtime.create({ id: 'w', bundle: '/dev/shm/user', stdio: 'ignore' });
await container.start();
const cgroup = readFileSync(`/proc/${container.pid}/cgroup`, 'utf8').trim().slice('0::'.length);
const limit = () => readFileSync(`/sys/fs/cgroup${cgroup}/pids.max`, 'utf8').trim();
const before = limit();
await container.update({ pids: { limit: 30 } });
const { stdout } = await container.run(['cat', '/proc/self/cgroup']);
console.log(cgroup.split('/').pop(), before, limit(), stdout.trim(), (await container.stats()).pids.limit);
await container.delete({ force: true });
console.log(runtime.list().length, await runtime.prewarm({ count: 1 }).catch(({ message }) => message));
JS
check 'user: the library makes the scope, updates it, enters it and removes it; warm slots it cannot have' \
  $'tsrun-w.scope 20 30 0::/ 30\n0 prewarm: warm slots*' "$(as_user node package/program.mjs)"
check 'user: nothing is left of it' '' "$(ls -d $w 2>/dev/null; ls /run/user/1234/tsrun; as_user systemctl --user list-units --all --plain --no-legend 'tsrun*')"

# A subtree that is delegated to the user, without the driver. A limit would need a cgroup that tsrun itself is not in.
python3 - <<'PY'
import json
c = json.load(open("/dev/shm/user/config.json"))
c["process"]["args"] = ["sh", "-c", "cat /proc/self/cgroup; echo ran"]
c["linux"]["resources"] = {}
c["linux"]["namespaces"] = [n for n in c["linux"]["namespaces"] if n["type"] != "cgroup"]
json.dump(c, open("/dev/shm/user/config.json", "w"))
PY
check 'user: a delegated scope, without the driver' $'0::*/run-*.scope/tsrun-w\nran' "$(as_user systemd-run --user --quiet --scope -p Delegate=yes ./tsrun run w)"
check 'user: nothing is left' '' "$(ls /run/user/1234/tsrun; find $cg/user.slice -name 'tsrun*')"

wait $deaf
check 'systemd: a bus that never answers is given up after 30 s, and nothing is left' '*has not sent*within 30 s*
1 [3-9][0-9] ' "$(cat /dev/shm/deaf.out)"

finish
