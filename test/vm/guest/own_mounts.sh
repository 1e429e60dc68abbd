# Sourced by kernel.sh: mount namespaces that begin empty (docs/decisions/0046). A createContainer hook makes one that begins as a
# copy of the host's mounts, and a container
# must not notice the difference.
# shellcheck shell=bash disable=SC2154
copied='c["hooks"] = dict(createContainer=[dict(path="/bin/true")])'
sources=/dev/shm/sources
mkdir -p $sources/{tree/sub,pinned}
echo host >$sources/file
mount -t tmpfs tmpfs $sources/tree/sub && echo below >$sources/tree/sub/file
mount --bind $sources/pinned $sources/pinned && mount --make-private $sources/pinned
echo beside >$sources/pinned/file && touch $sources/pinned/ns && unshare --mount=$sources/pinned/ns true
binds='c["mounts"] += [dict(destination=d, type="bind", source="/dev/shm/sources/" + s, options=o) for d, s, o in [("/file", "file", ["bind", "ro"]),
  ("/tree", "tree", ["rbind", "rslave"]), ("/alone", "tree", ["bind", "nosuid"]), ("/pinned", "pinned", ["rbind"])]]'
# Without ids, numbers of anonymous file systems, and order.
mounts='cut -d\" \" -f4- /proc/self/mountinfo | busybox sort; cat /file /tree/sub/file /pinned/file; ls -A /alone/sub; cat /proc/self/mountinfo | grep -c nsfs'
both() { # NAME PYTHON: the output of a container is the same in both ways
  configure "$2" && local new && new=$(run run k)
  configure "$2; $copied"
  check "own mounts: $1 as in a copy of the host's" "$(run run k)" "$new"
  [ -z "${OWN_MOUNTS_SHOW:-}" ] || printf '%s\n' "$new" | head -40
}
# What tsrun-init does, if strace is there: on the way that all containers take, and for the pinned mount namespace, which
# move_mount(2) refuses.
traced() {
  command -v strace >/dev/null || { echo 'skipped: strace is not installed'; return; }
  calls() { strace -f -e trace=unshare,pivot_root -o /dev/shm/trace "$runtime" run k >/dev/null 2>&1; grep -c -E '0x100000|EMPTY_MNTNS' /dev/shm/trace; grep -c -E 'pivot_root|NEWNS' /dev/shm/trace; }
  configure "shell('true'); $binds; c['mounts'].pop()"
  check 'own mounts: used, and no copy made' $'1\n0' "$(calls)"
  configure "shell('true'); $binds"
  check 'own mounts: one copy for the pinned mount namespace' $'1\n1' "$(calls)"
  configure "shell('true'); $copied"
  check 'own mounts: not used with a hook that needs the files of the host' $'0\n1' "$(calls)"
}
own_mounts() {
  configure "shell(\"$mounts\"); $binds"
  check 'own mounts: the plan says so' 1 "$(run plan | grep -c ownMounts)"
  check 'own mounts: check --host says so' 'available: mounts: *: used' "$(run check --host | grep 'without the mounts of the host')"
  both 'mounts' "shell(\"$mounts\"); $binds"
  check 'own mounts: what is mounted below a source, and not the file of a mount namespace' $'*\nhost\nbelow\nbeside\n0' "$(configure "shell(\"$mounts\"); $binds"; run run k)"
  mount --make-rshared /
  both 'mounts of a shared host' "shell(\"$mounts\"); $binds"
  configure "shell(\"busybox mount -t tmpfs tmpfs /tree/sub; busybox mount -t tmpfs tmpfs /tmp; echo \$?\"); $binds
for kind in c['process']['capabilities'].values(): kind += ['CAP_SYS_ADMIN']"
  check 'own mounts: what a container mounts in a source or its root does not appear on the host' $'0\nbelow\n0' \
    "$(run run k; cat $sources/tree/sub/file; grep -c "$bundle/rootfs/tmp" /proc/self/mountinfo)"
  mount --make-rprivate /
  both 'a source that the container has covered' "shell(\"grep -c tmpfs /proc/self/mountinfo; cut -d' ' -f5 /proc/self/mountinfo | grep /y\")
c['mounts'] += [dict(destination='/tmp/x', type='tmpfs', source='tmpfs'), dict(destination='/y', type='bind', source='$bundle/rootfs/tmp', options=['rbind'])]"
  both 'a source with the container itself in it' "shell(\"cut -d' ' -f5 /proc/self/mountinfo | busybox sort\")
c['mounts'].append(dict(destination='/y', type='bind', source='/dev/shm', options=['rbind']))"
  both 'the error about a source that is missing' "shell('true'); c['mounts'].append(dict(destination='/y', type='bind', source='/missing', options=['bind']))"
  both 'a user namespace inside' "shell('busybox unshare -U busybox id -u'); c['linux'].pop('seccomp', None)"
  both 'a terminal, masks and working directory' "shell('pwd; ls -l /proc/self/cwd /proc/self/root | cut -c 57-; cat /proc/kcore /proc/keys; echo x >/proc/sys/kernel/domainname')
c['process']['cwd'] = '/proc/self'"
  configure 'shell("busybox stat -c %t:%T /dev/null /dev/full")'
  check 'own mounts: devices of the host without CAP_MKNOD' $'1:3\n1:7' "$(setpriv --bounding-set -mknod --inh-caps -mknod "$runtime" run k 2>&1)"
  check 'own mounts: without CAP_SYS_CHROOT' $'1:3\n1:7' "$(setpriv --bounding-set -sys_chroot --inh-caps -sys_chroot "$runtime" run k 2>&1)"
  traced
  configure "shell('true'); $binds"
  run create k >/dev/shm/output
  check 'own mounts: no descriptor of a created container leads to the host' '' \
    "$(find /proc/"$(run state k | grep -o '"pid": *[0-9]*' | grep -o '[0-9]*')"/fd -lname '/*' ! -lname '/dev/*' -o -lname 'mnt:*' -printf '%l\n')"
  run delete --force k
}
IFS=.- read -r major minor _ < <(uname -r)
if ((major > 7 || (major == 7 && minor >= 2))); then
  own_mounts
else
  echo "skipped: mount namespaces that begin empty: this is Linux $major.$minor, they are used since 7.2"
  check 'own mounts: not in the plan' 0 "$(run plan | grep -c ownMounts)"
fi
umount -l $sources/pinned/ns $sources/pinned $sources/tree/sub
