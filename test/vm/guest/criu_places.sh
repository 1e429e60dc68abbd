# Sourced by criu.sh: cgroups with limits and device rules, TCP connections, a terminal, a network namespace of others.
# shellcheck shell=bash disable=SC2154
limits="c['linux']['devices'] = [dict(path='/dev/mine', type='c', major=1, minor=11, fileMode=0o666)]; c['linux']['cgroupsPath'] = '/criu-limits'; c['linux']['resources'] = dict(memory=dict(limit=67108864), pids=dict(limit=20), cpu=dict(shares=512), devices=[dict(allow=False, access='rwm'), dict(allow=True, type='c', major=1, minor=3, access='rwm')])"
shown() { echo $(cat $cg/criu-limits/memory.max $cg/criu-limits/pids.max $cg/criu-limits/cpu.weight); }
for mode in soft full strict ignore; do
  configure "$limits; shell('$count')"
  started g1
  goes_on g1 3 >/dev/null
  before=$(shown)
  check "criu: --manage-cgroups-mode $mode: checkpoint" '' "$(run checkpoint --manage-cgroups-mode $mode --image-path $at/$mode g1)"
  check "criu: --manage-cgroups-mode $mode: the cgroup is gone" '' "$(ls -d $cg/criu-limits 2>/dev/null)"
  check "criu: --manage-cgroups-mode $mode: restore" on "$(back --manage-cgroups-mode $mode --image-path $at/$mode g2; goes_on g2 "$(last g1)")"
  check "criu: --manage-cgroups-mode $mode: the init is in its cgroup" 0::/criu-limits "$(cat "/proc/$(state g2 pid)/cgroup")"
  check "criu: --manage-cgroups-mode $mode: with its limits" "$before" "$(shown)"
  check "criu: --manage-cgroups-mode $mode: and device rules" refused "$(run exec g2 sh -c '[ -c /dev/mine ] && echo x >/dev/null && if (: >/dev/mine) 2>/dev/null; then echo allowed; else echo refused; fi')"
  gone g2
done

mkdir $cg/criu-limits
check 'criu: --manage-cgroups-mode strict refuses a cgroup that exists' '*file exists*strict*' "$(back --manage-cgroups-mode strict --image-path $at/strict g2)"
check 'criu: and leaves it as it was' "$cg/criu-limits max" "$(ls -d $cg/criu-limits /run/tsrun/g2 2>/dev/null) $(cat $cg/criu-limits/pids.max)"
rmdir $cg/criu-limits

connection="ifconfig lo 127.0.0.1 up; ($count) | nc -l -p 7777 & sleep 0.5; sleep 1000 | nc 127.0.0.1 7777"
connected() { # ID FLAG...: a container that counts through a connection
  configure "shell('''$connection''')"
  started $1
  goes_on $1 3 >/dev/null
}
connected t1
check 'criu: a connection without --tcp-established is refused' '*CRIU failed*--tcp-established*' "$(run checkpoint --image-path $at/refused t1)"
check 'criu: and lives on' on "$(goes_on t1 "$(last t1)")"
check 'criu: --tcp-established' '' "$(run checkpoint --tcp-established --image-path $at/tcp t1)"
check 'criu: the connection is restored' on "$(back --tcp-established --image-path $at/tcp t2; goes_on t2 $(($(last t1) + 5)))"
gone t2
for lock in iptables nftables skip; do
  connected "n-$lock"
  check "criu: --network-lock $lock" '' "$(run checkpoint --tcp-established --network-lock $lock --leave-running --image-path $at/lock-$lock n-$lock)"
  check "criu: --network-lock $lock: the connection lives on" on "$(goes_on n-$lock "$(last n-$lock)")"
  gone n-$lock
done
connected c1
run checkpoint --tcp-established --image-path $at/close c1
check 'criu: --tcp-close' '' "$(back --tcp-close --image-path $at/close c2)"
check 'criu: closes the connection' 'running 0' "$(sleep 0.5; echo "$(state c2 status)" "$(grep -c ' 01 ' "/proc/$(state c2 pid)/net/tcp")")"
gone c2

ip netns add criu-net
ip -n criu-net link add inside type dummy
configure "[n.update(path='/run/netns/criu-net') for n in c['linux']['namespaces'] if n['type'] == 'network']; shell('$count')"
started e1
goes_on e1 2 >/dev/null
check 'criu: a network namespace of others: checkpoint' '' "$(run checkpoint --image-path $at/net e1)"
check 'criu: a network namespace of others: restore' on "$(back --image-path $at/net e2; goes_on e2 "$(last e1)")"
check 'criu: a network namespace of others: it is in it' "$(stat -Lc %i /run/netns/criu-net)" "$(stat -Lc %i "/proc/$(state e2 pid)/ns/net")"
gone e2
ip netns delete criu-net

configure "c['process']['terminal'] = True; shell('$count')"
script -qfc "$runtime run --bundle $bundle y1" $at/y1.typescript </dev/null >/dev/null 2>&1 &
until_it grep -q '^3' $at/y1.typescript
check 'criu: a terminal: checkpoint' '' "$(run checkpoint --image-path $at/terminal y1)"
timeout 10 tail --pid=$! -f /dev/null
reached=$(tr -d '\r' <$at/y1.typescript | grep -x '[0-9]*' | tail -n 1)
script -qfc "$runtime restore --bundle $bundle --image-path $at/terminal y2" $at/y2.typescript </dev/null >$at/y2.log 2>&1 &
check 'criu: a terminal: restore in the foreground' on "$(until_it grep -q "^$((reached + 3))" $at/y2.typescript && echo on || cat $at/y2.typescript $at/y2.log)"
gone y2
timeout 10 tail --pid=$! -f /dev/null
rm -rf $at/*/
