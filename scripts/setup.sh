#!/bin/sh
# Usage: setup.sh [--tests]
#
# Brings a Debian machine with Node.js, npm and a C++ compiler to where everything is built: Debian packages that are missing, npm packages from the
# lock file, `dist/`. Does nothing where nothing is missing.
set -eu
cd "$(dirname "$0")/.."

packages='libseccomp-dev pkg-config g++ make python3 xz-utils'
[ "${1:-}" = --tests ] && packages="$packages clang clang-format cmake busybox-static runc crun iproute2 mandoc groff zsh fish bsdutils"

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

# shellcheck disable=SC2086 # names of packages are words
install_missing $packages
# The sanitizers' runtime has the compiler's version in its name.
[ "${1:-}" != --tests ] || install_missing "libclang-rt-$(clang -dumpversion | cut -d. -f1)-dev"

# npm writes its own list last, so that list stands for a finished installation.
if ! cmp -s package-lock.json node_modules/.tsrun-lock; then
  npm ci --no-audit --no-fund
  cp package-lock.json node_modules/.tsrun-lock
fi
npm run --silent build
