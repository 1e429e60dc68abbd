#!/bin/sh
# Usage: native_coverage.sh [CTEST-OPTION...]
#
# Runs the native tests with the preset `coverage`, prints how many lines of each file of native/ they execute, and writes
# build/coverage/native/lines.txt, which has the count of every line. Options choose tests: `-R plan`.
set -eu
cd "$(dirname "$0")/../.."
# Debian and Ubuntu have llvm-cov with a version in its name, too.
tool() {
  for name in "$1" "$1-$(clang -dumpversion | cut -d. -f1)"; do
    command -v "$name" && return
  done
  echo "$1 is missing: install the package llvm" >&2
  return 1
}
profdata=$(tool llvm-profdata)
cov=$(tool llvm-cov)
directory=build/coverage/native
rm -rf "$directory"
mkdir -p "$directory/counts" "$directory/programs"
cmake --preset coverage > "$directory/configure.log"
# The programs are kept for llvm-cov. %p: tests start each other.
TMPDIR="$PWD/$directory/programs" TSRUN_KEEP_BUILD=1 LLVM_PROFILE_FILE="$PWD/$directory/counts/%p-%m.profraw" ctest --preset coverage "$@"
"$profdata" merge -sparse -o "$directory/all.profdata" "$directory"/counts/*.profraw
set --
for program in $(find "$directory/programs" -type f -perm -100 ! -name '*.so' | sort); do
  # Programs of the tests that are compiled without counters are left out.
  "$cov" report -instr-profile "$directory/all.profdata" "$program" > /dev/null 2>&1 && set -- "$@" -object "$program"
done
shown() { # shown REPORT OBJECT...
  report=$1
  shift
  "$cov" "$report" -instr-profile "$directory/all.profdata" -ignore-filename-regex 'native/test/|/usr/|/build/' "$@"
}
shown show "$@" > "$directory/lines.txt"
shown report "$@"
