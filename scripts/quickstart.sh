#!/bin/sh
# Builds tsrun and shows what a container is, with the machine's own root as its read-only lower layer: nothing is downloaded for it, and nothing
# that is written inside reaches the disk.
set -eu
cd "$(dirname "$0")/.."
[ "$(id -u)" = 0 ] || { echo 'containers are made by root: run this as root' >&2; exit 1; }
scripts/setup.sh

bundle=$(mktemp -d)
id=quickstart-$$
trap 'dist/tsrun delete --force "$id"; rm -rf "$bundle"' EXIT
node scripts/quickstart/bundle.mjs "$bundle" scripts/quickstart/inside.sh

echo
echo "outside: hostname $(hostname), network namespace $(readlink /proc/self/ns/net)"
started=$(date +%s%N)
STARTED=$started dist/tsrun run --overlay --bundle "$bundle" "$id" > "$bundle/output"
first=$(sed -n 's/^started //p' "$bundle/output")
grep -v '^started ' "$bundle/output"
if [ -e /written-inside ]; then
  echo 'outside: /written-inside is there, which must not be' >&2
  exit 1
fi
echo 'outside: /written-inside is gone'
echo "the start took $(( (first - started) / 10000 )) hundredths of a millisecond" | awk '{ printf "outside: from the command to its first line took %.2f ms\n", $4 / 100 }'
echo
echo "next: dist/tsrun --help, and README.md"
