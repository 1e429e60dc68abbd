# Sourced by guest.sh: `events` where the kernel has all controllers, and where runc counts the same.
# shellcheck shell=bash disable=SC2154
configure 'c["linux"]["cgroupsPath"] = "/events"; c["linux"]["resources"].update(memory=dict(limit=33554432, swap=33554432), pids=dict(limit=20), cpu=dict(quota=50000, period=100000), hugepageLimits=[dict(pageSize="2MB", limit=2 << 20)]); shell("sleep 1000")'
run run --detach y >/dev/shm/detached
run events --stats y >/dev/shm/stats
look='import json, sys
d = json.load(sys.stdin)["data"]
m = d["memory"]
print(m["usage"]["limit"], 0 < m["usage"]["usage"] < 33554432, m["swap"]["limit"], "anon" in m["raw"], m["event_count"]["oom_kill"], d["pids"], "periods" in d["cpu"]["throttling"], d["cpuset"]["mems"], "2MB" in d["hugetlb"], [k for k in ("cpu", "memory", "blkio") if d[k]["psi"]["some"]["total"] >= 0])'
check 'events --stats: what each controller counts' "33554432 True 33554432 True 0 {'current': 1, 'limit': 20} True \[0\] True \['cpu', 'memory', 'blkio'\]" "$(python3 -c "$look" </dev/shm/stats)"
"$runtime" events --interval 1h y >/dev/shm/events 2>&1 &
events=$!
until ls -l /proc/$events/fd 2>/dev/null | grep -q inotify; do sleep 0.1; done
run exec y tail /dev/zero >/dev/null
until [ -s /dev/shm/events ]; do sleep 0.1; done
run exec y tail /dev/zero >/dev/null
until [ "$(wc -l </dev/shm/events)" -ge 2 ]; do sleep 0.1; done
run kill y KILL
wait $events
check 'events: an oom event for each process that the kernel killed, and 0 at the end' $'{"type":"oom","id":"y"}\n{"type":"oom","id":"y"} 0' "$(cat /dev/shm/events) $?"
run delete y
# The same container by runc: each of its keys, with a value of the same type, but those of cgroup v1 (docs/differences.md).
runc --root /run/runc run --detach y >/dev/shm/detached 2>&1 </dev/null
runc --root /run/runc events --stats y >/dev/shm/stats.runc
compare='import json
def kinds(value, at, found):
  if isinstance(value, dict):
    for key, below in value.items(): kinds(below, at + "." + key, found)
  else: found[at] = "number" if isinstance(value, (int, float)) and not isinstance(value, bool) else type(value).__name__
  return found
ours, theirs = (kinds(json.load(open("/dev/shm/stats" + end)), "", {}) for end in ("", ".runc"))
print([(at, kind, ours.get(at)) for at, kind in theirs.items() if ours.get(at) != kind and not at.startswith(".data.cpuset.")])'
check 'events --stats: the keys of runc, with values of the same types' '\[\]' "$(python3 -c "$compare")"
runc --root /run/runc delete --force y
configure 'c["linux"]["resources"].update(memory=dict(limit=33554432, swap=33554432)); shell("until [ -e /tmp/go ]; do sleep 0.1; done; exec tail /dev/zero")'
rm -f rootfs/tmp/go
run run --detach z >/dev/shm/detached
"$runtime" events --interval 1h z >/dev/shm/events 2>&1 &
events=$!
until ls -l /proc/$events/fd 2>/dev/null | grep -q inotify; do sleep 0.1; done
touch rootfs/tmp/go
wait $events
check 'events: the kill that ends the container comes before the end' '{"type":"oom","id":"z"} 0' "$(cat /dev/shm/events) $?"
run delete z
rm -f rootfs/tmp/go
