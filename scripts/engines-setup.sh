#!/bin/sh
# Installs the engines that test/engines/ runs, from Debian, without recommended packages. Does nothing if nothing is missing. Their daemons
# are not used: the tests start their own, with their own directories.
set -eu

# netavark with iptables: podman's bridge networks. golang-github-containers-common: the default seccomp profile.
# catatonit: the first container of podman's pods.
# docker-registry, docker-compose, curl: what Docker's tests use.
packages='docker.io docker-registry docker-compose curl podman buildah catatonit conmon containerd netavark iptables golang-github-containers-common busybox-static util-linux python3 runc crun'

missing=
for package in $packages; do
  dpkg-query -W -f '${db:Status-Status}' "$package" 2> /dev/null | grep -qx installed || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
[ "$(id -u)" = 0 ] || { echo "missing packages:$missing (run as root, or install them)" >&2; exit 1; }
echo "installing$missing"
apt-get -qq update
# shellcheck disable=SC2086 # names of packages are words
DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends -y $missing > /dev/null
