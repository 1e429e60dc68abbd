#!/bin/sh
# Usage: containerd_tests.sh [DIRECTORY]
#
# Puts containerd and its own tests of shims into a root file system of Debian sid (sid_root.sh), by default .cache/containerd-tests, where
# test/engines/containerd_suite looks for them. The tests, `integration/client`, are compiled from the sources that Debian has of
# containerd, with Debian's Go libraries. Takes some ten minutes and 5 GB.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=${1:-$here/../../.cache/containerd-tests}

# lsof: one of the tests runs it. docker-registry, skopeo, umoci: the image that they pull is made and served here.
"$here/sid_root.sh" "$root" containerd runc criu golang-go dpkg-dev gcc libc6-dev busybox-static docker-registry skopeo umoci lsof iproute2
[ ! -e "$root/suite/client.test" ] || exit 0

sed -n 's/^deb /deb-src /p' "$root/etc/apt/sources.list" > "$root/etc/apt/sources.list.d/sources.list"
rm -rf "$root/suite"
mkdir -p "$root/suite/go/src/github.com/containerd/containerd"
"$here/in_root.sh" "$root" sh -eu <<'INSIDE'
export DEBIAN_FRONTEND=noninteractive
apt-get -qq update
apt-get -qq build-dep --no-install-recommends -y containerd > /dev/null
apt-get -qq clean
cd /suite
# Debian's changes are not needed, and a mirror may already have those of the next version.
apt-get -qq source --download-only containerd || true
tar -xf containerd_*.orig.tar.*
rm containerd_*
mv containerd-* go/src/github.com/containerd/containerd/v2
cd go/src/github.com/containerd/containerd/v2
# Images of a registry on loopback (containerd_suite/image.sh).
sed -i 's|"ghcr.io/containerd/volume-copy-up:[^"]*"|"localhost:5000/layers:1"|; s|"ghcr.io/containerd/[^"]*"|"localhost:5000/busybox:1"|' \
  integration/images/image_list.go
# Without go vet(1), which refuses a format in one of the tests.
export GO111MODULE=off GOPATH=/suite/go:/usr/share/gocode
go test -vet=off -tags no_btrfs,no_zfs -c -o /suite/client.unfinished ./integration/client
mv /suite/client.unfinished /suite/client.test
INSIDE
