#!/bin/sh
# Builds the parts of tsrun-init that need no container, with their tests, and runs them in a temporary directory. Honours CXX and CXXFLAGS.
# Needs no root. memory.cc is left out, because the C library has those functions.
set -eu
cd "$(dirname "$0")/../../.."
build=$(mktemp -d)
trap '[ -n "${TSRUN_KEEP_BUILD:-}" ] || rm -rf "$build"' EXIT
generated=$(node scripts/protocol/generate.mjs "$build/generated")
# shellcheck disable=SC2086 # flags are words
"${CXX:-g++}" -std=c++17 -O1 -Wall -Wextra -Werror "-I$generated" ${CXXFLAGS:-} -o "$build/init_test" native/test/init/*.cc \
  native/init/files/attach.cc native/init/files/context.cc native/init/files/host_mounts.cc native/init/filter.cc native/init/programs/home.cc native/init/programs/interpreter.cc native/init/files/procfs.cc native/init/files/resolve.cc native/init/base/arena.cc native/init/state.cc native/init/base/text.cc \
  native/init/base/vectors.cc native/plan_decode.cc
# TSRUN_EMULATOR for another architecture, whose compiler is CXX; -static then needs no libraries of it.
${TSRUN_EMULATOR:-} "$build/init_test"
