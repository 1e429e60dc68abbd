#!/bin/sh
# Usage: format.sh -i | --check
#
# clang-format over the C++ sources.
set -eu
cd "$(dirname "$0")/.."
case ${1:-} in
  -i) set -- -i ;;
  --check) set -- --dry-run --Werror ;;
  *) echo 'usage: format.sh -i | --check' >&2; exit 1 ;;
esac
find native bench test -name '*.cc' -o -name '*.h' -o -name '*.c' | sort | xargs clang-format "$@"
