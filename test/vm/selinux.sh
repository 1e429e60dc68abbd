#!/bin/bash
# Usage: selinux.sh RUNTIME, as root in the guest of `vm-run -a security=selinux`: labels under the enforced policy selinux.cil.
# Prints a line for each check, and `N passed, N failed` last.
set -u
here=$(realpath "${BASH_SOURCE[0]%/*}")
. "$here/checks.sh"

process=system_u:system_r:container_t:s0:c1,c2
mount=system_u:object_r:container_file_t:s0:c1,c2
host=system_u:object_r:host_t:s0
image=system_u:object_r:container_file_t:s0
labels="c['process']['selinuxLabel'] = '$process'; c['linux']['mountLabel'] = '$mount'"

own() { run exec "$@" cat /proc/self/attr/current | tr -d '\0'; } # [OPTION]... ID
background() { run run --detach --pid-file=/dev/shm/pid "$@"; } # [OPTION]... ID
label_of() { stat -c %C "/proc/$(</dev/shm/pid)/root$1" 2>&1; } # PATH in the container that was started last

# The label of a container's session keyring, read from outside by keyctl(2)'s KEYCTL_GET_SECURITY.
keyring_label() {
  python3 - "_ses.$1:" <<'PY'
import ctypes, sys
get_security, keyctl = 17, 250
for key in open("/proc/keys"):
    if sys.argv[1] in key:
        label = ctypes.create_string_buffer(256)
        ctypes.CDLL(None).syscall(keyctl, get_security, int(key.split()[0], 16), label, 256)
        print(label.value.decode())
PY
}

mount -t selinuxfs selinuxfs /sys/fs/selinux
configure "$labels"$'; del c["linux"]["mountLabel"]; shell("true")'
check 'no policy is loaded: a label is refused' '*selinux is disabled or not supported*' "$(run run a)"
run run a >/dev/null
check 'no policy is loaded: status' 1 $?

secilc --policyvers="$(cat /sys/fs/selinux/policyvers)" --output=/dev/shm/policy --filecontext=/dev/null "$here/selinux.cil"
cat /dev/shm/policy >/sys/fs/selinux/load
echo 1 >/sys/fs/selinux/enforce
check 'the policy is loaded and enforced' '1 system_u:system_r:kernel_t:*' "$(cat /sys/fs/selinux/enforce) $(tr -d '\0' </proc/self/attr/current)"
touch rootfs/open rootfs/secret
chcon -R $image rootfs
chcon system_u:object_r:secret_t:s0 rootfs/secret

configure "$labels"$'; shell("cat /proc/self/attr/current; for file in open secret; do echo; (echo x >>/$file) 2>/dev/null; echo -n $?; done")'
check 'the process has its label, and may not write what the policy denies' "$process"$'\n0\n1' "$(run run b | tr -d '\0')"
echo 0 >/sys/fs/selinux/enforce
check 'it is the policy that denied it' "$process"$'\n0\n0' "$(run run b | tr -d '\0')"
echo 1 >/sys/fs/selinux/enforce

configure "$labels"$'; shell("sleep 1000")'
background c
check 'the session keyring has the label of the process' $process "$(keyring_label c)"
check 'exec inherits the label' $process "$(own c)"
check 'exec --process-label' system_u:system_r:debug_t:s0 "$(own --process-label system_u:system_r:debug_t:s0 c)"
echo '{"args": ["cat", "/proc/self/attr/current"], "cwd": "/", "env": ["PATH=/bin"], "user": {"uid": 0, "gid": 0}}' >/dev/shm/process.json
check 'exec --process without a label has that of the container' $process "$(run exec --process /dev/shm/process.json c | tr -d '\0')"
check 'exec with a label that the policy does not know' '*nonsense*invalid argument*' "$(own --process-label nonsense c)"
check 'exec into a domain that the policy closes' '*permission denied*' "$(own --process-label system_u:system_r:unreachable_t:s0 c)"
check 'the labels of the next key and file are the default again' '' "$(run exec c cat /proc/self/attr/keycreate /proc/self/attr/fscreate)"
run delete --force c

for option in '' --no-new-keyring; do
  configure $'c["process"]["selinuxLabel"] = "system_u:system_r:nosuch_t:s0"; shell("true")'
  check "a label that the policy does not know is an error $option" '*"system_u:system_r:nosuch_t:s0"*invalid argument*' "$(run create $option d)"
  run create $option d >/dev/null
  check "... with status 1 $option" 1 $?
  check "... and no container $option" '*container does not exist*' "$(run state d)"
done
configure $'c["process"]["selinuxLabel"] = "system_u:system_r:unreachable_t:s0"; shell("true")'
check 'a domain that the policy closes is an error' '*permission denied*' "$(run run d)"
configure $'c["linux"]["mountLabel"] = "nonsense"; shell("true")'
check 'a mount label that the policy does not know is an error' '*nonsense*invalid argument*' "$(run run d)"

mkdir /dev/shm/volume
mounts='
def add(destination, type, *options): c["mounts"].append(dict(destination=destination, type=type, source=type, options=options))
add("/ro", "tmpfs", "ro")
add("/own", "tmpfs", "context=\"system_u:object_r:secret_t:s0:c1,c2\"")
# Too long for fsconfig(2), so that mount(2) is called.
add("/long", "overlay", "lowerdir=/dev/shm/volume" + "/." * 150 + ":/dev/shm/bundle")
add("/volume", "bind", "bind")
c["mounts"][-1]["source"] = "/dev/shm/volume"
c["linux"]["maskedPaths"].append("/tmp")
shell("sleep 1000")'
user='
c["linux"]["namespaces"].append(dict(type="user"))
c["linux"]["uidMappings"] = c["linux"]["gidMappings"] = [dict(containerID=0, hostID=100000, size=65536)]'
for kind in '' ' in a user namespace'; do
  configure "$labels$mounts${kind:+$user}"
  [ -z "$kind" ] || chown -R 100000:100000 rootfs
  background e
  check "the process has its label$kind" $process "$(own e)"
  for path in /dev /dev/pts /dev/pts/ptmx /dev/shm /dev/mqueue /ro /long /tmp /sys/firmware; do
    check "mountLabel: $path$kind" $mount "$(label_of $path)"
  done
  for path in /proc /sys /sys/fs/cgroup /volume; do
    check "no mountLabel: $path$kind" $host "$(label_of $path)"
  done
  check "a mount's own label$kind" system_u:object_r:secret_t:s0:c1,c2 "$(label_of /own)"
  check "no mountLabel: the root of the image$kind" $image "$(label_of /)"
  run delete --force e

  mkdir -p /dev/shm/upper && rm -rf /dev/shm/upper/*
  for overlay in memory /dev/shm/upper; do
    configure "$labels${kind:+$user}"$'; shell("sleep 1000")'
    background --overlay=$overlay f
    check "--overlay=$overlay: its files have the mount label$kind" "$mount $mount" "$(label_of /) $(label_of /secret)"
    check "--overlay=$overlay: they can be written$kind" 0 "$(run exec f sh -c 'echo x >>/secret; echo $?')"
    run delete --force f
  done
done

check 'nothing is left' '' "$(ls -d /sys/fs/cgroup/tsrun* 2>/dev/null; ls /run/tsrun; grep -o ' _ses\..*' /proc/keys; grep bundle/ /proc/mounts)"
finish
