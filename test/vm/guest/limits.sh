# Sourced by guest.sh: the effects of `update` on a running container, read inside it or from the kernel's counters.
# shellcheck shell=bash disable=SC2154
cg=/sys/fs/cgroup
u=$cg/tsrun-u
configure 'c["linux"]["resources"].update(memory=dict(limit=67108864, swap=67108864), pids=dict(limit=20), cpu=dict(shares=1024)); shell("sleep 1000")'
run run --detach u

check 'update: Docker sends an empty document' '' "$(echo '{}' | run update --resources=- u)"
grow='head -c 40000000 /dev/zero | tail >/dev/null; echo $?'
check 'update: 40 MB are less than the limit' 0 "$(run exec u sh -c "$grow")"
check 'update --memory lowers the limit' '' "$(run update --memory 32m --memory-swap 32m u)"
check 'update --memory: 40 MB are too much now' '*137' "$(run exec u sh -c "$grow")"
check 'update --memory raises the limit' '' "$(run update --memory 128m --memory-swap 256m u)"
check 'update --memory: 40 MB are less than the limit again' 0 "$(run exec u sh -c "$grow")"
check 'update --memory-swap counts memory and swap' $((128 << 20)) "$(cat $u/memory.swap.max)"
check 'update --memory -1 lifts both' 'max max' "$(run update --memory -1 u)$(echo $(cat $u/memory.max $u/memory.swap.max))"
check 'update --memory-reservation' $((16 << 20)) "$(run update --memory-reservation 16m u)$(cat $u/memory.low)"

fork='for i in 1 2 3 4 5 6 7 8; do sleep 3 & done 2>/dev/null; jobs | wc -l; wait'
check 'update: eight processes are less than the limit' 8 "$(run exec u sh -c "$fork")"
check 'update --pids-limit lowers the limit' '' "$(run update --pids-limit 10 u)"
check 'update --pids-limit: twelve processes are too many now' '*an*t fork*' "$(run exec u sh -c 'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 5 & done; wait')"
check 'update --pids-limit 0 changes nothing' 10 "$(run update --pids-limit 0 u)$(cat $u/pids.max)"
check 'update --pids-limit -1 lifts it' max "$(run update --pids-limit -1 u)$(cat $u/pids.max)"

spin() { run exec u timeout 1 sh -c 'while :; do :; done' >/dev/null; awk '$1 == "nr_throttled" { print ($2 > 0) }' $u/cpu.stat; }
check 'update: nothing is throttled without a quota' 0 "$(spin)"
check 'update --cpu-quota' '' "$(run update --cpu-quota 20000 --cpu-period 50000 --cpu-burst 1000 u)"
check 'update --cpu-quota: a busy process is throttled' 1 "$(spin)"
check 'update --cpu-period keeps the quota and the burst' '20000 40000 1000' "$(run update --cpu-period 40000 u)$(cat $u/cpu.max) $(cat $u/cpu.max.burst)"
check 'update --cpu-quota below the burst is an error that changes nothing' '*nvalid argument*20000 40000 1000' \
  "$(run update --cpu-quota 1000 --cpu-burst 2000 u) $(cat $u/cpu.max) $(cat $u/cpu.max.burst)"
check 'update --cpu-quota -1' 'max 40000' "$(run update --cpu-quota -1 --cpu-burst 0 u)$(cat $u/cpu.max)"
check 'update --cpu-share' 1 "$(run update --cpu-share 2 u)$(cat $u/cpu.weight)"
check 'update --cpu-idle 1, and 0 brings the weight back' '1 0 1' "$(run update --cpu-idle 1 u)$(cat $u/cpu.idle)$(run update --cpu-idle 0 u) $(cat $u/cpu.idle $u/cpu.weight | tr '\n' ' ' | sed 's/ $//')"
check 'update --cpuset-cpus is seen by a process' 0 "$(run update --cpuset-cpus 0 --cpuset-mems 0 u)$(run exec u sh -c "grep Cpus_allowed_list /proc/self/status | cut -f2")"
check 'update --cpuset-cpus of a CPU that is not there is an error that changes nothing' '*cpuset.cpus*0' "$(run update --memory 64m --cpuset-cpus 4095 u) $(cat $u/memory.max | grep -c max)$(cat $u/cpuset.cpus | grep -c 4095)"
check 'update --blkio-weight' 'default 10' "$(run update --blkio-weight 10 u)$(grep default $u/io.bfq.weight 2>/dev/null || sed 's/default 1$/default 10/' $u/io.weight)"

check 'update: unified' 30003200 "$(echo '{"unified": {"memory.high": "30003200"}}' | run update -r - u)$(cat $u/memory.high)"
check 'update: a file of unified stays, until a setting replaces it' '40001536 67108864 50331648' \
  "$(echo '{"unified": {"memory.max": "40001536"}}' | run update -r - u; run update --memory-swap 64m u; echo $(cat $u/memory.max $u/memory.swap.max; run update --memory 48m u; cat $u/memory.max))"
run update --memory -1 u
check 'update: a write that fails takes the others back' '*write "many"*'"max 30003200" \
  "$(echo '{"pids": {"limit": 7}, "unified": {"memory.high": "many"}}' | run update -r - u) $(cat $u/pids.max) $(cat $u/memory.high)"
check 'update: what was changed is recorded' "{'limit': -1, 'reservation': $((16 << 20)), 'swap': *}" \
  "$(python3 -c 'import json; m = json.load(open("/run/tsrun/u/state.json"))["spec"]["linux"]["resources"]["memory"]; print(dict(sorted(m.items())))')"

run kill u KILL
for ((tries = 0; tries < 300; tries++)); do run state u | grep -q '"status": *"stopped"' && break; sleep 0.1; done
check 'update: a stopped container is an error' '*container not running*' "$(run update --memory 64m u)"
run delete --force u
