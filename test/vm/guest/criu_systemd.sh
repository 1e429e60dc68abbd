# Sourced by criu.sh: the systemd cgroup driver.
# shellcheck shell=bash disable=SC2154
driver=(--systemd-cgroup)
scope() { echo $cg/system.slice/tsrun-$1.scope; }
show() { systemctl show --value -p "$2" tsrun-$1.scope; } # ID PROPERTY
units() { systemctl list-units --all --plain --no-legend 'tsrun*' | cut -d' ' -f1 | tr '\n' ' '; }
configure "c['linux']['resources'].update(memory=dict(limit=67108864), pids=dict(limit=20)); shell('$count')"
started s1
goes_on s1 3 >/dev/null
check 'criu: systemd: checkpoint' '' "$(run checkpoint --image-path $at/image s1)"
check 'criu: systemd: and the unit is gone' '' "$(units)$(ls -d "$(scope s1)" 2>/dev/null)"
check 'criu: systemd: restore' 'on' "$(back --image-path $at/image s2; goes_on s2 "$(last s1)")"
check 'criu: systemd: the init is inside the scope' "0::/system.slice/tsrun-s2.scope" "$(cat "/proc/$(state s2 pid)/cgroup")"
check 'criu: systemd: and nothing else' "$(state s2 pid)" "$(head -n 1 "$(scope s2)/cgroup.procs")"
check 'criu: systemd: with its limits' '67108864 20 67108864 20' "$(echo $(cat "$(scope s2)/memory.max" "$(scope s2)/pids.max") $(show s2 MemoryMax) $(show s2 TasksMax))"
check 'criu: systemd: the unit runs' active "$(show s2 ActiveState)"
check 'criu: systemd: exec' '0::/' "$(run exec s2 cat /proc/self/cgroup)"
check 'criu: systemd: delete --force' '' "$(run delete --force s2)"
check 'criu: systemd: stops the unit' '' "$(units)$(ls -d "$(scope s2)" 2>/dev/null)"
rm $at/image/pages-1.img
check 'criu: systemd: a restore that fails' '*CRIU failed*restore.log*' "$(back --image-path $at/image s3)"
check 'criu: systemd: leaves no unit, cgroup or directory' '' "$(units)$(ls -d "$(scope s3)" 2>/dev/null)$(ls /run/tsrun)"
