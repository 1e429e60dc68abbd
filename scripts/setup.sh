#!/bin/sh
# Usage: setup.sh [--tests] [--cross] [--verbose]
#
# Prepares a Debian machine that has Node.js, npm and a C++ compiler: installs missing Debian packages and the npm packages of the lock
# file, then builds `dist/`. Prints one line per stage, and a stage's output only if it fails or with --verbose. Skips what is already done.
# --tests and --cross add what the tests and `scripts/package.sh cross` need.
set -eu
cd "$(dirname "$0")/.."
. scripts/stage.sh

tests= cross=
for argument in "$@"; do
  case $argument in
    --tests) tests=1 ;;
    --cross) cross=1 ;;
    *) is_verbose "$argument" || { echo 'usage: setup.sh [--tests] [--cross] [--verbose]' >&2; exit 1; } ;;
  esac
done

packages='libseccomp-dev pkg-config g++ make python3 xz-utils'
[ -z "$tests" ] || packages="$packages clang clang-format cmake busybox-static runc crun iproute2 mandoc groff zsh fish bsdutils"
[ -z "$cross" ] || packages="$packages g++-aarch64-linux-gnu qemu-user-static"

install_missing() {
  missing=
  for package in "$@"; do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2> /dev/null | grep -qx installed || missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  [ "$(id -u)" = 0 ] || { echo "missing packages:$missing (run as root, or install them)" >&2; exit 1; }
  echo "installing$missing"
  apt-get -qq update
  DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends -y $missing > /dev/null
}

debian_packages() {
  # shellcheck disable=SC2086 # names of packages are words
  install_missing $packages
  # The package name of the sanitizers' runtime contains the compiler's version.
  [ -z "$tests" ] || install_missing "libclang-rt-$(clang -dumpversion | cut -d. -f1)-dev"
}

npm_packages() {
  # The copy of the lock file is written last, so an interrupted installation is started again.
  cmp -s package-lock.json node_modules/.tsrun-lock && return
  npm ci --no-audit --no-fund
  cp package-lock.json node_modules/.tsrun-lock
}

stage 'Debian packages' debian_packages
stage 'npm packages' npm_packages
stage 'build' npm run --silent build
[ -z "$tests" ] || stage 'tools of the package tests' scripts/package/tools.sh
