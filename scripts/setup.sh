#!/bin/sh
# Usage: setup.sh [--tests] [--cross] [--verbose]
#
# Prepares a machine with Debian, Ubuntu, Fedora or Alpine that has Node.js and npm: installs missing packages of the distribution and the
# npm packages of the lock file, then builds `dist/`. Prints one line per stage, and a stage's output only if it fails or with --verbose.
# Skips what is already done. --tests and --cross add what the tests and `scripts/package.sh cross` need.
set -eu
cd "$(dirname "$0")/.."
. scripts/stage.sh
. scripts/setup/packages.sh

purposes=build tests=
# With the directory of a QuickJS nothing is needed to get one.
[ -d "${TSRUN_QUICKJS:-}" ] || purposes="$purposes engine"
for argument in "$@"; do
  case $argument in
    --tests) purposes="$purposes tests" tests=1 ;;
    --cross) purposes="$purposes cross" ;;
    *) is_verbose "$argument" || { echo 'usage: setup.sh [--tests] [--cross] [--verbose]' >&2; exit 1; } ;;
  esac
done

distribution_packages() {
  packages=
  for purpose in $purposes; do packages="$packages $(packages_for "$purpose")"; done
  # shellcheck disable=SC2086 # names of packages are words
  install_missing $packages
  [ -z "$tests" ] || install_sanitizers
}

npm_packages() {
  # The copy of the lock file is written last, so an interrupted installation is started again.
  cmp -s package-lock.json node_modules/.tsrun-lock && return
  npm ci --no-audit --no-fund
  cp package-lock.json node_modules/.tsrun-lock
}

find_distribution
stage "packages of $distribution" distribution_packages
stage 'npm packages' npm_packages
stage 'build' npm run --silent build
# The packages are built and tested on Debian and Ubuntu only.
case $tests$distribution in
  1debian | 1ubuntu) stage 'tools of the package tests' scripts/package/tools.sh ;;
esac
