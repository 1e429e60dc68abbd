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
# shellcheck disable=SC2086 # flags are words
find native bench test -name '*.cc' -o -name '*.h' -o -name '*.c' | sort | xargs clang-format $clang
npx --no-install prettier "$prettier" --log-level warn --cache --cache-location .cache/prettier .
