#!/bin/sh
# Builds the decoder of plans with its tests and runs them, in a temporary directory: it rejects invalid plans, it reads what TypeScript
# writes, and a table with two swapped entries is detected. Honours CXX and CXXFLAGS, and TSRUN_EMULATOR like native/test/init/run.sh, e.g.
#   CXXFLAGS='-fsanitize=address,undefined -g' native/test/plan/run.sh
# The fuzz target next to it needs clang: see docs/testing.md.
set -eu
cd "$(dirname "$0")/../../.."
build=$(mktemp -d)
trap '[ -n "${TSRUN_KEEP_BUILD:-}" ] || rm -rf "$build"' EXIT
generated=$(node scripts/protocol/generate.mjs "$build/generated")
compile() { # OUTPUT SOURCE...
  # shellcheck disable=SC2086 # flags are words
  "${CXX:-g++}" -std=c++17 -O1 -Wall -Wextra -Werror "-I$generated" ${CXXFLAGS:-} -o "$build/$1" "$2" native/plan_decode.cc ${3:-} ${4:-}
}
compile decode_tests native/test/plan/decode_tests.cc
compile field_tests native/test/plan/field_tests.cc native/test/plan/known_numbers.cc native/test/plan/kernel_constants.cc
mkdir "$build/sample"
node native/test/plan/sample.mjs "$build/sample"
failed=0
{
  ${TSRUN_EMULATOR:-} "$build/decode_tests" || failed=1
  ${TSRUN_EMULATOR:-} "$build/field_tests" "$build/sample/plan" "$build/sample/fields" || failed=1
  node native/test/plan/mutations.mjs "$build/mutations" "$build/field_tests" || failed=1
  echo "status $failed"
} >"$build/out"
grep -v '^status\|passed, [0-9]* failed$' "$build/out" || true
# The sum of the three.
awk '/ passed, [0-9]+ failed$/ { passed += $(NF - 3); failed += $(NF - 1) } /^status 1/ && !failed { failed = 1 }
  END { print passed " passed, " failed + 0 " failed"; exit failed > 0 }' "$build/out"
