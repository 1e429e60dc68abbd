# Sourced by guest.sh: what limits of `create`, `run` and `update` do, where a container or the kernel's counters show it.
# shellcheck shell=bash disable=SC2154
cg=/sys/fs/cgroup
detached() { run run --detach "$1" >/dev/shm/detached; cat /dev/shm/detached; } # ID
at_least() { awk -v a="$1" -v b="$2" 'BEGIN { print (a >= b) }'; }

# Three busy containers on one CPU, and one with a quota on the other, for two seconds.
busy() { configure "c['linux']['resources']['cpu'] = dict($2); shell('while :; do :; done')"; detached "$1"; }
# The idle one first: beside others it would not even start.
busy idle 'idle=1, cpus="0", mems="0"'
busy little 'shares=256, cpus="0", mems="0"'
busy much 'shares=4096, cpus="0", mems="0"'
busy quota 'quota=20000, period=100000, burst=1000, cpus="1"'
used() { awk '$1 == "usage_usec" { print $2 }' $cg/tsrun-$1/cpu.stat; }
for name in much little idle quota; do declare "$name=$(used $name)"; done
sleep 2
for name in much little idle quota; do declare "$name=$(($(used $name) - ${!name}))"; done
check "limits: cpu.shares 4096 is more than three times 256 ($much, $little)" 1 "$(at_least "$much" $((3 * little)))"
check "limits: cpu.idle is less than any share ($idle)" 1 "$(at_least "$little" "$idle")"
check "limits: cpu.quota throttles ($quota)" '1 1 1000' "$(at_least "$much" $((2 * quota))) $(awk '$1 == "nr_throttled" { print ($2 > 0) }' $cg/tsrun-quota/cpu.stat) $(cat $cg/tsrun-quota/cpu.max.burst)"
for name in much little idle quota; do run delete --force $name; done
configure 'c["linux"]["resources"].update(cpu=dict(cpus="0", mems="0"), unified={"pids.max": "3"}); shell("grep -E \"^(Cpus|Mems)_allowed_list\" /proc/self/status | cut -f2; sleep 1 & sleep 1 & sleep 1 & sleep 1 & wait")'
check 'limits: cpu.cpus and cpu.mems are seen by a process; unified pids.max' $'0\n0\n*an*t fork*' "$(run run v)"
configure 'c["linux"]["resources"].update(memory=dict(limit=-1, swap=-1), pids=dict(limit=-1), cpu=dict(quota=-1)); shell("cd /sys/fs/cgroup; cat memory.max memory.swap.max pids.max cpu.max")'
check 'limits: -1 is no limit' $'max\nmax\nmax\nmax 100000' "$(run run v)"

# 10 MB of a tmpfs in 8 MiB of memory, with swap and without.
modprobe zram && echo 64M >/sys/block/zram0/disksize && mkswap /dev/zram0 >/dev/null && swapon /dev/zram0
hold='head -c 10000000 /dev/zero >/dev/shm/held && echo held'
configure "c['linux']['resources']['memory'] = dict(limit=8 << 20, swap=64 << 20); shell('$hold')"
check 'limits: memory.swap is the sum of memory and swap: 10 MB are less' held "$(run run v)"
configure "c['linux']['resources']['memory'] = dict(limit=8 << 20, swap=8 << 20); shell('$hold')"
check 'limits: memory.swap equal to the limit is no swap: 10 MB are too much' '137' "$(run run v | grep held; echo ${PIPESTATUS[0]})"
configure "c['linux']['resources']['memory'] = dict(limit=8 << 20, swap=8 << 20); shell('sleep 1000')"
detached v
check 'update --memory-swap allows swap' held "$(run update --memory-swap 64m v)$(run exec v sh -c "$hold")"
check 'update: checkBeforeUpdate refuses a limit below what is in use, and changes nothing' '*unable to set memory limit to 4194304 (current usage: *raise the limit*8388608' \
  "$(echo '{"memory": {"limit": 4194304, "checkBeforeUpdate": true}}' | run update -r - v) $(cat $cg/tsrun-v/memory.max)"
check 'update: checkBeforeUpdate refuses one of memory and swap, too' '*unable to set memory+swap limit to 8388608*58720256' \
  "$(echo '{"memory": {"limit": 8388608, "swap": 8388608, "checkBeforeUpdate": true}}' | run update -r - v) $(cat $cg/tsrun-v/memory.swap.max)"
check 'update --memory-swap forbids it again' '' "$(run exec v sh -c ': >/dev/shm/held'; run update --memory-swap 8m v; run exec v sh -c "$hold" | grep held)"
run delete --force v
swapoff /dev/zram0
