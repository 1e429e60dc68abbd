#!/bin/sh
# Usage: quickstart.sh [--verbose]
#
# Builds tsrun and runs a first container. The machine's own root is the container's read-only lower layer, so nothing is downloaded for it,
# and nothing written inside reaches the disk.
set -eu
cd "$(dirname "$0")/.."
. scripts/stage.sh
[ $# -eq 0 ] || is_verbose "$1" || { echo 'usage: quickstart.sh [--verbose]' >&2; exit 1; }
[ "$(id -u)" = 0 ] || { echo 'creating a container needs root: run this as root' >&2; exit 1; }
# shellcheck disable=SC2086 # empty, or one word
scripts/setup.sh $verbose

bundle=$(mktemp -d)
id=quickstart-$$
trap 'dist/tsrun delete --force "$id"; rm -rf "$bundle"' EXIT
node scripts/quickstart/bundle.mjs "$bundle" scripts/quickstart/inside.sh

echo
echo "outside: hostname $(hostname), network namespace $(readlink /proc/self/ns/net)"
started=$(date +%s%N)
dist/tsrun run --overlay --bundle "$bundle" "$id" > "$bundle/output"
first=$(sed -n 's/^started //p' "$bundle/output")
grep -v '^started ' "$bundle/output"
if [ -e /written-inside ]; then
  echo 'outside: /written-inside exists, which is a bug in tsrun; please report it' >&2
  exit 1
fi
echo 'outside: /written-inside does not exist'
echo "$(((first - started) / 10000))" | awk '{ printf "outside: the first line of the container came %.2f ms after the command was started\n", $1 / 100 }'
echo
echo 'next: dist/tsrun --help, and README.md'
