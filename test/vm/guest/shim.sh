# Sourced by guest.sh: tsrun's shim below containerd, with every controller: Metrics, and the event of an out-of-memory kill.
# shellcheck shell=bash disable=SC2154
if ! command -v containerd >/dev/null; then
  echo 'skipped: the shim below containerd: scripts/engines-setup.sh installs containerd'
  return
fi
at=/dev/shm/containerd
mkdir -p $at/bin /run/containerd
ln -sf "$runtime" $at/bin/tsrun
ln -sf "$runtime" $at/bin/containerd-shim-tsrun-v2
printf 'version = 2\nroot = "%s/root"\nstate = "/run/containerd"\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n' $at >$at/config.toml
PATH=$at/bin:$PATH containerd --config $at/config.toml >$at/log 2>&1 &
containerd=$!
for _ in $(seq 300); do ctr version >/dev/null 2>&1 && break; sleep 0.1; done
ctr events >$at/events 2>&1 &
events=$!
shimmed() { ctr run --runtime io.containerd.tsrun.v2 --env PATH=/bin --rootfs "$@" 2>&1; }

shimmed --detach --memory-limit 67108864 $bundle/rootfs metrics sh -c 'head -c 12000000 /dev/zero >/tmp/held; sleep 1000'
metric() { ctr tasks metrics --format json metrics | python3 -c 'import json, sys
m = json.load(sys.stdin)
for key in sys.argv[1].split("."): m = m[key]
print(m)' "$1" 2>&1; }
check 'shim: the metrics have the limit of memory' 67108864 "$(metric memory.usage_limit)"
check 'shim: and the number of processes' '[1-9]' "$(metric pids.current)"
check 'shim: and the time on the processor' '[1-9]*' "$(metric cpu.usage_usec)"
ctr tasks kill --signal 9 metrics
ctr tasks delete metrics >/dev/null 2>&1
ctr containers delete metrics

shimmed --memory-limit 16777216 $bundle/rootfs oom sh -c 'tail /dev/zero; echo killed $?; sleep 1' >$at/oom
for _ in $(seq 50); do grep -q /tasks/oom $at/events && break; sleep 0.1; done
check 'shim: an out-of-memory kill is an event' '*/tasks/oom {"container_id":"oom"}*' "$(grep /tasks/oom $at/events)"
check 'shim: of one process, which is not the container' 'killed 137' "$(grep killed $at/oom)"
ctr containers delete oom
kill $events $containerd
wait $events $containerd 2>/dev/null
check 'shim: no cgroup stays' '' "$(ls -d $cg/default/* 2>/dev/null)"
