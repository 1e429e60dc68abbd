#!/bin/sh
# Builds native/core with its tests and runs them, all in a temporary directory. Honours CXX and CXXFLAGS, e.g.
#   CXX=clang++-14 CXXFLAGS='-fsanitize=address,undefined -g' native/test/core/run.sh
# With TSRUN_CORE, native/core is not compiled but linked from this archive, which a preset of CMake has built with the same instruments.
set -eu
cd "$(dirname "$0")/../../.."
build=$(mktemp -d)
trap '[ -n "${TSRUN_KEEP_BUILD:-}" ] || rm -rf "$build"' EXIT
cxx=${CXX:-g++}
generated=$(node scripts/protocol/generate.mjs "$build/generated")
set -- -std=c++17 -O1 -Wall -Wextra -Werror "-I$generated"
if pkg-config --exists libseccomp; then
  set -- "$@" -DTSRUN_SECCOMP
  libraries=-lseccomp
else
  libraries=
fi
"$cxx" "$@" -static -o "$build/stand_in_init" native/test/core/stand_in/stand_in_init.cc
"$cxx" "$@" -c -DSTAND_IN="\"$build/stand_in_init\"" -o "$build/image.o" native/test/core/stand_in/stand_in_image.S
[ -n "${TSRUN_CORE:-}" ] && core= || core=$(node scripts/sources.mjs core)
for file in $core native/test/core/main.cc native/test/core/*_tests.cc native/test/core/*/*_tests.cc; do
  echo "$file"
# shellcheck disable=SC2086 # flags are words
done | xargs -P "$(nproc)" -I {} sh -c '
  out=$1/$(echo "$2" | tr / _).o; file=$2; shift 2
  exec "$@" -c "$file" -o "$out"' compile "$build" {} "$cxx" "$@" ${CXXFLAGS:-}
# shellcheck disable=SC2086
"$cxx" ${CXXFLAGS:-} -o "$build/core_test" "$build"/*.o ${TSRUN_CORE:-} $libraries -lpthread
${TSRUN_EMULATOR:-} "$build/core_test"
