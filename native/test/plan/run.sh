#!/bin/sh
# Builds the decoder of plans with its tests and runs them, in a temporary directory. CXX and CXXFLAGS as usual, e.g.
#   CXXFLAGS='-fsanitize=address,undefined -g' native/test/plan/run.sh
# The fuzz target beside it needs clang:
#   clang++ -std=c++17 -g -fsanitize=fuzzer,address,undefined native/test/plan/plan_fuzz.cc native/plan_decode.cc -o plan_fuzz &&
#   mkdir corpus && ./plan_fuzz -max_total_time=60 corpus native/test/plan/seeds
set -eu
cd "$(dirname "$0")/../../.."
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
# shellcheck disable=SC2086 # flags are words
"${CXX:-g++}" -std=c++17 -O1 -Wall -Wextra -Werror ${CXXFLAGS:-} -o "$build/plan_test" native/test/plan/decode_tests.cc native/plan_decode.cc
"$build/plan_test"
