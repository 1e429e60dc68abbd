#!/bin/sh
# Usage: test.sh [NAME...]
#
# Sets up and runs every test, or the stages whose names contain a NAME (scripts/test/main.mjs --list prints them). The last line of the
# output is the sum, `N passed, N failed`.
set -eu
cd "$(dirname "$0")/.."
[ "$(id -u)" = 0 ] || { echo 'the black-box tests make containers: run this as root' >&2; exit 1; }
scripts/setup.sh --tests
stages=$(node scripts/test/main.mjs --list "$@")
case $stages in *library*) scripts/setup/browser.sh ;; esac
case $stages in *engines*) scripts/engines-setup.sh ;; esac
# Without CRIU, the tests with it say that they are skipped.
case $stages in *library* | *engines* | *containers*) scripts/setup/criu.sh || echo 'the tests with CRIU itself will be skipped' >&2 ;; esac
case $stages in *kernel:*) scripts/vm-setup.sh ;; esac
exec node scripts/test/main.mjs "$@"
