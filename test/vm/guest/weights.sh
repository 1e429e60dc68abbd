# Sourced by devices.sh: weights of block devices, by what two containers write that compete for one.
# shellcheck shell=bash disable=SC2154

# Devices without memory behind them that take 8 ms for each request, one after the other: the device is short, not the processor.
modprobe null_blk nr_devices=2 queue_mode=2 irqmode=2 completion_nsec=8000000 hw_queue_depth=1 submit_queues=1 gb=1
device=0:0
writers() { # DEVICE RESOURCES-OF-MUCH RESOURCES-OF-LITTLE
  device=$(cat /sys/block/$1/dev)
  rm -f rootfs/tmp/go
  for name in much little; do
    local resources=$2
    [ $name = much ] || resources=$3
    configure "c['linux']['devices'] = [dict(type='b', path='/dev/disk', major=${device%:*}, minor=${device#*:})]
c['linux']['resources']['devices'].append(dict(allow=True, type='b', major=${device%:*}, minor=${device#*:}, access='rw'))
c['linux']['resources']['blockIO'] = dict($resources)
shell('until [ -e /tmp/go ]; do sleep 0.1; done; for i in 1 2 3 4 5 6; do while :; do dd if=/dev/zero of=/dev/disk oflag=direct bs=64k count=64 2>/dev/null; done & done; wait')"
    detached $name
  done
}
written() { sed -n "s/^$device .*wbytes=\([0-9]*\).*/\1/p" $cg/tsrun-$1/io.stat; }
compete() { # NAME: of the check that one writes half as much again as the other in five seconds, after two in which BFQ learns the device's rate
  touch rootfs/tmp/go
  sleep 2
  much=$(written much) little=$(written little)
  sleep 5
  much=$(($(written much) - much)) little=$(($(written little) - little))
  check "$1 ($much, $little)" 1 "$(at_least $((2 * much)) $((3 * little)))"
  for name in much little; do run delete --force $name; done
}
modprobe bfq && echo bfq >/sys/block/nullb0/queue/scheduler
# It waits for the next request of whose turn it is, however slow the emulated processor is.
echo 0 >/sys/block/nullb0/queue/iosched/low_latency
echo 100 >/sys/block/nullb0/queue/iosched/slice_idle
writers nullb0 'weight=1000' 'weight=10'
compete 'limits: by BFQ, blockIO.weight 1000 writes more than 10'
writers nullb0 "weightDevice=[dict(major=${device%:*}, minor=${device#*:}, weight=1000)]" 'weight=10'
compete 'limits: by BFQ, a weightDevice of 1000 writes more than a weight of 10'
# Between two that have both been writing, BFQ changes to new weights only after seconds.
writers nullb0 'weight=10' 'weight=1000'
check 'update: blockIO.weight by BFQ' '' "$(run update --blkio-weight 1000 much)$(run update --blkio-weight 10 little)"
compete 'update: by BFQ, --blkio-weight 1000 writes more than 10'
echo none >/sys/block/nullb0/queue/scheduler
rmmod bfq

# io.weight is obeyed by the controller of costs, whose model here says that the device does 40 operations in a second.
device=$(cat /sys/block/nullb1/dev)
echo "$device ctrl=user model=linear rbps=104857600 rseqiops=40 rrandiops=40 wbps=104857600 wseqiops=40 wrandiops=40" >$cg/io.cost.model
echo "$device enable=1 ctrl=user rpct=0 rlat=0 wpct=0 wlat=0 min=100 max=100" >$cg/io.cost.qos
writers nullb1 'weight=1000' 'weight=100'
check 'limits: blockIO.weight is io.weight without BFQ' 'default 10000 default 910' "$(echo $(cat $cg/tsrun-much/io.weight $cg/tsrun-little/io.weight))"
compete 'limits: by io.weight, blockIO.weight 1000 writes more than 100'
writers nullb1 'weight=100' 'weight=100'
check 'update: blockIO.weight by io.weight' '' "$(run update --blkio-weight 1000 much)"
compete 'update: by io.weight, --blkio-weight 1000 writes more than 100'
echo "$device enable=0" >$cg/io.cost.qos
rmmod null_blk
