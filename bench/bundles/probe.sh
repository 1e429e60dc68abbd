#!/bin/sh
# Prints what a container is made of, one fact per line: `kind<TAB>name<TAB>value`. Runs as the container's process.
tab='	'
for path in /proc/self/ns/*; do
  echo "namespace$tab${path##*/}$tab$(readlink "$path")"
done
while read -r name value; do
  case $name in
    Cap*: | NoNewPrivs: | Seccomp: | Uid: | Gid: | Groups:) echo "process$tab${name%:}$tab$value" ;;
  esac
done < /proc/self/status
while read -r _ _ _ root target options rest; do
  echo "mount$tab$target$tab$root $options ${rest#*- }"
done < /proc/self/mountinfo
echo "cgroup${tab}path$tab$(cat /proc/self/cgroup | grep '^0:')"
echo "host${tab}name$tab$(hostname)"
echo "limit${tab}files$tab$(ulimit -n)"
for path in /dev/*; do
  [ -c "$path" ] && [ ! -L "$path" ] && echo "device$tab$path$tab$(stat -c '%a %t:%T' "$path")"
done
for path in /proc/kcore /proc/keys /proc/timer_list /proc/scsi /sys/firmware; do
  [ -e "$path" ] && echo "masked$tab$path$tab$(if [ -d "$path" ]; then ls "$path" | wc -l; else head -c 1 "$path" 2>/dev/null | wc -c; fi)"
done
exit 0
