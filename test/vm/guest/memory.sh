# Sourced by devices.sh: memory that a reservation keeps, and memory of one node.
# shellcheck shell=bash disable=SC2154
# Memory that a reservation keeps: two containers hold 12 MB each, then both are below a cgroup with 40 MB, and one grows by 20 MB.
modprobe zram && echo 128M >/sys/block/zram0/disksize && mkswap /dev/zram0 >/dev/null && swapon /dev/zram0
holder() { # NAME RESERVATION-IN-MB
  configure "c['linux']['cgroupsPath'] = '/low/$1'; c['linux']['resources']['memory'] = dict(reservation=$2 << 20); shell('head -c 12000000 /dev/zero >/dev/shm/held; sleep 1000')"
  detached $1
  until [ "$(cat $cg/low/$1/memory.current)" -gt 12000000 ]; do sleep 0.1; done
}
press() { echo 40M >$cg/low/memory.max; run exec "$1" sh -c 'head -c 20000000 /dev/zero >/dev/shm/more'; }
# The one that was swapped out more, and both figures.
lost() { echo "$([ "$(cat $cg/low/a/memory.swap.current)" -gt "$(cat $cg/low/b/memory.swap.current)" ] && echo a || echo b) $(cat $cg/low/{a,b}/memory.swap.current | tr '\n' ' ')"; }
holder a 16
holder b 0
check 'limits: memory.reservation keeps the memory of one container when another grows' 'b *' "$(press b; lost)"
for name in a b; do run delete --force $name; done
holder a 16
holder b 0
check 'update --memory-reservation' '4096 41943040' "$(run update --memory-reservation 4k a; run update --memory-reservation 40m b; echo $(cat $cg/low/{a,b}/memory.low))"
check 'update --memory-reservation moves it to the other container' 'a *' "$(press b; lost)"
for name in a b; do run delete --force $name; done
swapoff /dev/zram0

# Memory of one node, and of the other after an update, where the kernel moves it.
on_node() { awk -v node="N$1" '$1 == "shmem" { for (i = 2; i <= NF; i++) { split($i, pair, "="); if (pair[1] == node) print (pair[2] > 8000000) } }' $cg/tsrun-n/memory.numa_stat; }
configure 'c["linux"]["resources"]["cpu"] = dict(mems="1"); shell("head -c 12000000 /dev/zero >/dev/shm/held; sleep 1000")'
detached n
until [ "$(cat $cg/tsrun-n/memory.current)" -gt 12000000 ]; do sleep 0.1; done
check 'limits: with cpu.mems 1, memory is on node 1' '0 1' "$(on_node 0) $(on_node 1)"
check 'update --cpuset-mems 0: new memory is on node 0' '0' "$(run update --cpuset-mems 0 n)$(run exec n grep Mems_allowed_list /proc/self/status | cut -f2)"
run exec n sh -c 'head -c 12000000 /dev/zero >/dev/shm/more'
check 'update --cpuset-mems 0: and is counted there' 1 "$(on_node 0)"
run delete --force n
