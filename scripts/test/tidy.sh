#!/bin/sh
# Usage: tidy.sh [FILE.cc...]
#
# Runs clang-tidy with the checks in .clang-tidy over the C++ sources, or over these files. Takes minutes for all of them.
set -eu
cd "$(dirname "$0")/../.."
command -v clang-tidy > /dev/null || { echo 'clang-tidy is missing: apt-get install clang-tidy' >&2; exit 1; }
generated=$(node scripts/protocol/generate.mjs)
quickjs=$(scripts/quickjs/locate.sh | head -n 1)
node=$(node -p 'require("node:path").resolve(process.execPath, "../../include/node")')
# shellcheck disable=SC2046 # names of files are words
[ $# -gt 0 ] || set -- $(find native -name '*.cc' | sort)
# shellcheck disable=SC2016 # the inner shell expands $@
printf '%s\n' "$@" | xargs -P "$(nproc)" -n 4 sh -c '
  flags=$1 && shift
  clang-tidy --quiet "$@" -- $flags
' tidy "-std=c++17 -DTSRUN_SECCOMP -I$generated -Inode_modules/node-addon-api -I$node -I$quickjs -DTSRUN_PROGRAM_ROOM=4096 -DTSRUN_QUICKJS_VERSION=\"0\""
