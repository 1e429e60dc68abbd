#!/bin/bash
# Usage: devices.sh RUNTIME, as root in the guest of `vm-run -a numa=fake=2`: limits of block devices, of memory and its nodes, of huge
# pages and of RDMA, and device rules, by what they do. Not part of scripts/test.sh, because it takes two minutes. Prints a line for each
# check, and `N passed, N failed` last.
set -u
here=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
programs=$here/../programs
. "$here/checks.sh"
cg=/sys/fs/cgroup
for name in dd sort; do ln -sf busybox rootfs/bin/$name; done
detached() { run run --detach "$1" >/dev/shm/detached; cat /dev/shm/detached; } # ID
at_least() { awk -v a="$1" -v b="$2" 'BEGIN { print (a >= b) }'; }

# Throttled devices, at the same time: 1 MiB, or 8 operations, take about 4 s.
modprobe loop max_loop=8
device() { # DISK DD-ARGUMENTS RESOURCES: a container that does this and writes down how many hundredths of a second it took
  truncate -s 4M /dev/shm/disk$1 && losetup /dev/loop$1 /dev/shm/disk$1
  configure "c['linux']['devices'] = [dict(type='b', path='/dev/disk', major=7, minor=$1)]
c['linux']['resources']['devices'].append(dict(allow=True, type='b', major=7, minor=$1, access='rw'))
c['linux']['resources']['blockIO'] = dict($3)
shell('now() { read up idle </proc/uptime; echo \${up%.*}\${up#*.}; }; until [ -e /tmp/go ]; do sleep 0.1; done; begin=\$(now); dd $2 bs=128k count=8 2>/dev/null || echo failed >/tmp/took$1; echo \$((\$(now) - begin)) >>/tmp/took$1; sleep 1000')"
  detached disk$1
}
write='if=/dev/zero of=/dev/disk oflag=direct' read='if=/dev/disk of=/dev/null iflag=direct'
rate() { echo "throttle$1Device=[dict(major=7, minor=$2, rate=$3)]"; }
rm -f rootfs/tmp/go rootfs/tmp/took*
device 0 "$write" ''
device 1 "$write" "$(rate WriteBps 1 262144)"
device 2 "$read" "$(rate ReadBps 2 262144)"
device 3 "$write" "$(rate WriteIOPS 3 2)"
device 4 "$read" "$(rate ReadIOPS 4 2)"
device 5 "$write" ''
check 'update: throttles' '' "$(echo '{"blockIO": {"throttleWriteBpsDevice": [{"major": 7, "minor": 5, "rate": 262144}]}}' | run update -r - disk5)"
device 6 "$write" "$(rate WriteBps 6 1024)"
check 'update: throttles are lifted' '' "$(echo '{"blockIO": {"throttleWriteBpsDevice": [{"major": 7, "minor": 6, "rate": 0}]}}' | run update -r - disk6)"
touch rootfs/tmp/go
for ((tries = 0; tries < 300; tries++)); do [ "$(cat rootfs/tmp/took* 2>/dev/null | wc -l)" = 7 ] && break; sleep 0.1; done
took() { cat rootfs/tmp/took$1; }
for disk in 1:throttleWriteBpsDevice 2:throttleReadBpsDevice 3:throttleWriteIOPSDevice 4:throttleReadIOPSDevice '5:throttleWriteBpsDevice of update'; do
  check "limits: ${disk#*:} ($(took ${disk%%:*}))" 1 "$(at_least "$(took ${disk%%:*})" 300)"
done
check "limits: a device without a throttle is faster ($(took 0))" 1 "$(at_least "$(took 1)" $(($(took 0) + 100)))"
check "update: throttleWriteBpsDevice 0 is none ($(took 6))" 1 "$(at_least "$(took 5)" $(($(took 6) + 100)))"
for disk in 0 1 2 3 4 5 6; do run delete --force disk$disk; done
modprobe bfq && echo bfq >/sys/block/loop0/queue/scheduler
configure "c['linux']['resources']['blockIO'] = dict(weight=200, weightDevice=[dict(major=7, minor=0, weight=50)]); shell('sleep 1000')"
detached w
check 'limits: blockIO.weight and weightDevice by BFQ' $'7:0 50\ndefault 200' "$(sort $cg/tsrun-w/io.bfq.weight)"
check 'update: blockIO.weight and weightDevice by BFQ' $'7:0 70\ndefault 300' \
  "$(echo '{"blockIO": {"weight": 300, "weightDevice": [{"major": 7, "minor": 0, "weight": 70}]}}' | run update -r - w)$(sort $cg/tsrun-w/io.bfq.weight)"
run delete --force w

echo none >/sys/block/loop0/queue/scheduler
for disk in 0 1 2 3 4 5 6; do losetup --detach /dev/loop$disk; rm /dev/shm/disk$disk; done

gcc -O1 -static -o rootfs/bin/hugepages "$programs/limits/hugepages.c"
echo 4 >/proc/sys/vm/nr_hugepages
configure 'c["linux"]["resources"]["hugepageLimits"] = [dict(pageSize="2MB", limit=2 << 20)]; shell("hugepages 1; hugepages 2; sleep 1000")'
check 'limits: hugepageLimits, by pages and by reservations' $'touched\nmmap: Cannot allocate memory' "$(sed -i 's/; sleep 1000//' config.json; run run w)"
configure 'c["linux"]["resources"]["hugepageLimits"] = [dict(pageSize="2MB", limit=2 << 20)]; shell("sleep 1000")'
detached w
check 'update: hugepageLimits' touched "$(echo '{"hugepageLimits": [{"pageSize": "2MB", "limit": 4194304}]}' | run update -r - w)$(run exec w hugepages 2)"
run exec --detach w sh -c 'hugepages 2 1000 >/tmp/held' >/dev/shm/detached
until grep -qs touched rootfs/tmp/held; do sleep 0.1; done
check 'update: hugepageLimits below what is in use is an error that says so, and changes nothing' '*device or resource busy (EBUSY)*in use*max 4194304 4194304' \
  "$(echo '{"pids": {"limit": 7}, "hugepageLimits": [{"pageSize": "2MB", "limit": 2097152}]}' | run update -r - w) $(cat $cg/tsrun-w/pids.max $cg/tsrun-w/hugetlb.2MB{,.rsvd}.max | tr '\n' ' ' | sed 's/ $//')"
run delete --force w
echo 0 >/proc/sys/vm/nr_hugepages
configure 'c["linux"]["resources"]["rdma"] = dict(mlx5_0=dict(hcaHandles=3)); shell("true")'
check 'limits: rdma of a device that is not there is an error that names it' '*rdma.max*no such device*' "$(run run w)"

# A loop device: to open it takes no capability.
configure 'c["linux"]["devices"] = [dict(type="b", path="/dev/disk", major=7, minor=0)]; shell("sleep 1000")'
detached x
check 'devices: one that no rule allows' '*peration not permitted*' "$(run exec x dd if=/dev/disk count=0)"
rules() { echo "{\"devices\": [{\"allow\": false}, {\"allow\": true, \"type\": \"b\", \"major\": 7, \"minor\": $1, \"access\": \"rwm\"}]}"; }
check 'update: a device is allowed' '' "$(rules 0 | run update -r - x)$(run exec x dd if=/dev/disk count=0 | grep permitted)"
rules 3 | run update -r - x
rm -f rootfs/tmp/enough
run exec --detach x sh -c 'until [ -e /tmp/enough ]; do dd if=/dev/disk count=0 2>/dev/null && echo opened; done >/tmp/opened; echo end >>/tmp/opened' >/dev/shm/detached
for minor in 5 3 5 3 5 3; do rules $minor | run update -r - x; done
touch rootfs/tmp/enough
for ((tries = 0; tries < 50; tries++)); do grep -q end rootfs/tmp/opened && break; sleep 0.1; done
check 'update: while device rules are replaced, nothing is open that neither allows' end "$(cat rootfs/tmp/opened)"
run delete --force x
rm -f rootfs/tmp/*

. "$here/guest/weights.sh"
. "$here/guest/memory.sh"
. "$here/guest/rdma.sh"
finish
