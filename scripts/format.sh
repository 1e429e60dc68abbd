#!/bin/sh
# Usage: format.sh -i | --check
#
# Runs clang-format over the C and C++ sources, and prettier over TypeScript and JavaScript.
set -eu
cd "$(dirname "$0")/.."
case ${1:-} in
  -i) clang=-i prettier=--write ;;
  --check) clang='--dry-run --Werror' prettier=--check ;;
  *) echo 'usage: format.sh -i | --check' >&2; exit 1 ;;
esac
# Versions differ in some lines. This is Debian 12's.
ours=14
found=$(clang-format --version | sed 's/.*version \([0-9]*\).*/\1/')
if [ "$found" = "$ours" ]; then
  # shellcheck disable=SC2086 # flags are words
  find native bench test -name '*.cc' -o -name '*.h' -o -name '*.c' | sort | xargs clang-format $clang
else
  echo "skipped: C and C++, because clang-format is version $found, and the sources are formatted by version $ours" >&2
fi
npx --no-install prettier "$prettier" --log-level warn --cache --cache-location .cache/prettier .
