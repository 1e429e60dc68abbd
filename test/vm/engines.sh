#!/bin/bash
# Usage: engines.sh RUNTIME, as root in the guest of `vm-run -s -d 1024 -m 3072`: Docker, Podman and containerd on a host with systemd and
# all controllers, each with its default driver there. Prints a line for each check, and `N passed, N failed` last. shellcheck
# disable=SC2154
set -u
here=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
. "$here/checks.sh"
cg=/sys/fs/cgroup at=/mnt/engines
mkdir -p $at/bin
ln -sf "$runtime" $at/bin/tsrun
ln -sf "$runtime" $at/bin/containerd-shim-tsrun-v2
export PATH=$at/bin:/usr/sbin:/usr/bin:/sbin:/bin
ln -s busybox $bundle/rootfs/bin/echo
tar -C $bundle/rootfs -cf $at/image.tar .
show() { systemctl show --value -p "$2" "$1"; } # UNIT PROPERTY
no_units() { for _ in $(seq 50); do [ -z "$(systemctl list-units --all --plain --no-legend "$1")" ] && return; sleep 0.1; done; systemctl list-units --all --plain --no-legend "$1"; }
until_true() { for _ in $(seq 600); do "$@" >/dev/null 2>&1 && return; sleep 0.2; done; echo "waited in vain: $*"; }

# ---- Docker, as README configures it
echo "{ \"runtimes\": { \"tsrun\": { \"path\": \"$at/bin/tsrun\" } }, \"default-runtime\": \"tsrun\" }" >$at/daemon.json
export DOCKER_HOST=unix://$at/docker.sock
dockerd --config-file $at/daemon.json --host $DOCKER_HOST --data-root $at/docker --exec-root /run/docker --pidfile /run/docker.pid \
  --bridge none --iptables=false >$at/dockerd.log 2>&1 &
until_true docker version
docker import $at/image.tar box >/dev/null
check 'docker: the systemd driver and tsrun are the defaults' 'systemd 2 tsrun' "$(docker info --format '{{.CgroupDriver}} {{.CgroupVersion}} {{.DefaultRuntime}}' 2>&1)"
check 'docker: run' 'hello' "$(docker run --rm --network none box echo hello 2>&1)"
check 'docker: exit codes' '3 127' "$(docker run --rm --network none box sh -c 'exit 3' 2>/dev/null; echo -n "$? "; docker run --rm --network none box /no/such >/dev/null 2>&1; echo $?)"
id=$(docker run -d --name box1 --network none --memory 64m --memory-swap 64m --cpus 0.5 --pids-limit 20 --cpuset-cpus 0 box sleep 1000 2>&1)
unit=docker-$id.scope
at_cgroup() { (cd "$cg/system.slice/$unit" && echo $(cat "$@")); }
check 'docker: the container is a scope with its limits' 'active 67108864 20 500ms' "$(echo $(show "$unit" ActiveState) $(show "$unit" MemoryMax) $(show "$unit" TasksMax) $(show "$unit" CPUQuotaPerSecUSec))"
check 'docker: and so is its cgroup' '67108864 0 20 50000 100000 0' "$(at_cgroup memory.max memory.swap.max pids.max cpu.max cpuset.cpus)"
check 'docker: update of memory and processors' 'box1 100663296 150000 100000' "$(docker update --memory 96m --memory-swap 96m --cpus 1.5 box1 2>&1) $(at_cgroup memory.max cpu.max)"
check 'docker: what it updated is a property of the scope, too' '100663296 1.500000s' "$(echo $(show "$unit" MemoryMax) $(show "$unit" CPUQuotaPerSecUSec))"
check 'docker: update of the number of processes, the weight and the cpuset' 'box1 30 1' "$(docker update --pids-limit 30 --cpu-shares 512 --cpuset-cpus 1 box1 2>&1) $(at_cgroup pids.max cpuset.cpus)"
check 'docker: update of the restart policy alone' 'box1 on-failure' "$(docker update --restart on-failure box1 2>&1) $(docker inspect --format '{{.HostConfig.RestartPolicy.Name}}' box1)"
check 'docker: an impossible update is an error with a reason, and changes nothing' '*not available*1' "$(docker update --cpuset-cpus 77 box1 2>&1 | grep -v '^$') $(at_cgroup cpuset.cpus)"
check 'docker: stats' '*96MiB 1' "$(docker stats --no-stream --format '{{.MemUsage}} {{.PIDs}}' box1 2>&1)"
check 'docker: exec, top' '0::/ sleep 1000' "$(docker exec box1 cat /proc/self/cgroup 2>&1) $(docker top box1 -o pid,args 2>&1 | tail -1 | grep -o "sleep.*")"
check 'docker: pause freezes the scope, and unpause thaws it' 'paused 1 running 0' "$(docker pause box1 >/dev/null 2>&1; docker inspect --format '{{.State.Status}}' box1 | tr '\n' ' '; at_cgroup cgroup.freeze | tr '\n' ' '; docker unpause box1 >/dev/null; docker inspect --format '{{.State.Status}}' box1 | tr '\n' ' '; at_cgroup cgroup.freeze)"
check 'docker: more memory than the limit is an out-of-memory kill' '137 true' "$(docker run --name greedy --network none --memory 16m --memory-swap 16m box tail /dev/zero >/dev/null 2>&1; echo "$? $(docker inspect --format '{{.State.OOMKilled}}' greedy)")"
check 'docker: it is restarted after its process was killed' 'running' "$(kill -9 "$(docker inspect --format '{{.State.Pid}}' box1)"; sleep 3; docker inspect --format '{{.State.Status}}' box1)"
check 'docker: its limits are what update made of them' '100663296 30' "$(at_cgroup memory.max pids.max)"
check 'docker: no scope is left' '' "$(docker rm -f box1 greedy >/dev/null 2>&1; no_units 'docker-*.scope')"
kill "$(cat /run/docker.pid)"
until_true test ! -e /run/docker.pid

# ---- Podman, with its units for systemd
mkdir -p /etc/containers
printf '[containers]\nlog_driver = "k8s-file"\n[engine]\ncgroup_manager = "systemd"\nevents_logger = "file"\nruntime = "tsrun"\n[engine.runtimes]\ntsrun = ["%s"]\n' $at/bin/tsrun >$at/containers.conf
printf '[storage]\ndriver = "overlay"\nrunroot = "/run/containers"\ngraphroot = "%s/storage"\n' $at >$at/storage.conf
export CONTAINERS_CONF=$at/containers.conf CONTAINERS_STORAGE_CONF=$at/storage.conf
podman import $at/image.tar box >/dev/null 2>&1
check 'podman: takes tsrun and the systemd driver' 'systemd tsrun' "$(podman info --format '{{.Host.CgroupManager}} {{.Host.OCIRuntime.Name}}' 2>&1)"
check 'podman: run' 'hello' "$(podman run --rm --network none box echo hello 2>&1)"
podman run -d --name p --network none --memory 64m --pids-limit 20 box sleep 1000 >/dev/null 2>&1
scope=libpod-$(podman inspect --format '{{.Id}}' p).scope
check 'podman: the container is a scope with its limits' '67108864 20' "$(echo $(show "$scope" MemoryMax) $(show "$scope" TasksMax))"
check 'podman: update' '100663296' "$(podman update --memory 96m p >/dev/null 2>&1; show "$scope" MemoryMax)"
check 'podman: kube generate has the limits' '*memory: *' "$(podman generate kube p 2>&1 | grep -A2 limits | tr '\n' ' ')"
podman rm -f -t 0 p >/dev/null 2>&1
podman create --name service --network none --memory 64m box sh -c 'trap "exit 0" TERM; sleep 1000 & wait' >/dev/null 2>&1
podman generate systemd --new --name service >/run/systemd/system/service-p.service 2>/dev/null
# They need the configuration above.
sed -i "s|^\[Service\]|[Service]\nEnvironment=CONTAINERS_CONF=$CONTAINERS_CONF CONTAINERS_STORAGE_CONF=$CONTAINERS_STORAGE_CONF PATH=$PATH|" /run/systemd/system/service-p.service
podman rm service >/dev/null 2>&1
systemctl daemon-reload
check 'podman: a unit of generate systemd starts, with conmon as its main process' 'active conmon' "$(systemctl start service-p 2>&1; systemctl is-active service-p | tr '\n' ' '; cat "/proc/$(show service-p MainPID)/comm" 2>&1)"
check 'podman: a container of a unit that was killed is started again' 'active' "$(podman kill --signal KILL service >/dev/null 2>&1; sleep 5; until_true systemctl is-active --quiet service-p; systemctl is-active service-p)"
check 'podman: the unit stops, and its container is gone' 'inactive ' "$(systemctl stop service-p 2>&1; systemctl is-active service-p | tr '\n' ' ')$(podman ps --all --quiet)"
pod() { podman pod create --name pod --network none >/dev/null 2>&1 && podman run --rm --pod pod box cat /proc/self/cgroup 2>&1; podman pod rm -f -t 0 pod >/dev/null 2>&1; }
check 'podman: a pod' '0::/' "$(pod)"
check 'podman: no scope is left' '' "$(no_units 'libpod-*.scope')"

# ---- containerd, with both shims
printf 'version = 2\nroot = "%s/containerd"\nstate = "/run/containerd"\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n' $at >$at/config.toml
containerd --config $at/config.toml >$at/containerd.log 2>&1 &
until_true ctr version
shimmed() { ctr run --rm --env PATH=/bin --memory-limit 67108864 --rootfs "$@" 2>&1; }
check "containerd: tsrun below its shim, in a scope" '0::/system.slice/ctr-one.scope 0' "$(echo $(shimmed --runtime io.containerd.runc.v2 --runc-binary $at/bin/tsrun --runc-systemd-cgroup --cgroup system.slice:ctr:one $bundle/rootfs one cat /proc/self/cgroup) $?)"
check "containerd: tsrun's own shim" '0::/default/two 0' "$(echo $(shimmed --runtime io.containerd.tsrun.v2 $bundle/rootfs two cat /proc/self/cgroup) $?)"
check 'containerd: no scope is left' '' "$(no_units 'ctr-*.scope')"
kill $!
wait 2>/dev/null
check 'nothing is left' '' "$(ls /run/tsrun 2>/dev/null)$(pgrep -f '^[^ ]*/(tsrun|conmon|containerd-shim[^ ]*) ')"
finish
