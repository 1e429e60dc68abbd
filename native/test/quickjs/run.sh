#!/bin/sh
# Builds the executable's heap and its images with their tests, and runs them in a temporary directory. Honours CXX and CXXFLAGS. Needs no
# root.
set -eu
cd "$(dirname "$0")/../../.."
build=$(mktemp -d)
trap '[ -n "${TSRUN_KEEP_BUILD:-}" ] || rm -rf "$build"' EXIT
# Only the engine's header is used.
include=$(scripts/quickjs/locate.sh | head -n 1)
# shellcheck disable=SC2086 # flags are words
"${CXX:-g++}" -std=c++17 -O1 -Wall -Wextra -Werror -fPIE -pie ${CXXFLAGS:-} -Wl,--wrap=gettimeofday -DTSRUN_PROGRAM_ROOM=4194304 -isystem "$include" \
  -o "$build/quickjs_test" native/test/quickjs/*.cc native/quickjs/heap/*.cc
# TSRUN_EMULATOR for another architecture, whose compiler is CXX. A compiler of .cache/sysroot, for musl, needs
# CXXFLAGS='-fno-exceptions -static-pie'.
${TSRUN_EMULATOR:-} "$build/quickjs_test" "$build"
