#!/bin/sh
# Usage: inside.sh SHIM PATTERN
#
# In a machine with scripts/setup/containerd_tests.sh's root file system: runs the tests whose names match PATTERN, with the shim
# io.containerd.SHIM.v2, and prints what the tests print.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
export PATH="$here/../../../dist:/usr/sbin:/usr/bin:/sbin:/bin"
export TEST_RUNTIME="io.containerd.$1.v2" TEST_SNAPSHOTTER=overlayfs
work=/var/tmp/suite
mkdir -p "$work/registry"
mount -t tmpfs tmpfs /tmp
"$here/image.sh" "$work/image" "$here/sleep.c" > "$work/image.log" 2>&1 || { cat "$work/image.log"; exit 1; }
printf 'version: 0.1\nstorage: {filesystem: {rootdirectory: %s}}\nhttp: {addr: 127.0.0.1:5000}\n' "$work/registry" > "$work/registry.yml"
docker-registry serve "$work/registry.yml" > "$work/registry.log" 2>&1 &
registry=$!
for image in busybox layers; do
  tries=0
  until skopeo copy --quiet --dest-tls-verify=false "oci:$work/image/layout:$image" "docker://localhost:5000/$image:1" \
    2> "$work/copy.log"; do
    tries=$((tries + 1))
    [ "$tries" -lt 100 ] || { cat "$work/copy.log"; exit 1; }
    sleep 0.1
  done
done
cd /suite/go/src/github.com/containerd/containerd/v2/integration/client
code=0
/suite/client.test -test.v -test.root -test.timeout 10m -test.run "$2" 2>&1 || code=$?
kill "$registry"
echo "ended with $code"
