#!/bin/sh
# Usage: sid_engines.sh [DIRECTORY]
#
# Puts the engines of Debian sid into a root file system of it (sid_root.sh), by default .cache/sid, where the tests look for it. Debian has
# no nerdctl, CRI-O, crictl and critest.
set -eu
here=$(cd "$(dirname "$0")" && pwd)

# netavark with iptables and nftables: podman's bridge networks. passt: those of a user. golang-github-containers-common: the default
# seccomp profile. docker-registry, docker-compose, curl: what Docker's tests use. kubernetes-client: checks the manifests of
# deploy/kubernetes. socat: forwards ports for CRI.
"$here/sid_root.sh" "${1:-$here/../../.cache/sid}" \
  containerd docker.io docker-cli docker-buildx docker-compose docker-registry podman buildah catatonit conmon kubernetes-client runc crun \
  netavark aardvark-dns passt iptables nftables golang-github-containers-common busybox-static curl containernetworking-plugins socat python3 iproute2 procps
