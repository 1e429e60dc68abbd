#!/bin/sh
# Usage: with_sanitized_addon.sh COMMAND...
#
# Runs a command with the addon of the preset `sanitized` in the place of dist/tsrun.node, which a bind mount in a mount namespace of its
# own hides from everybody else. Node.js is not built with AddressSanitizer, so its runtime library is preloaded.
set -eu
addon=build/cmake/sanitized/tsrun.node
[ -e "$addon" ] || { echo "$addon is missing: cmake --preset sanitized && cmake --build --preset sanitized --target addon" >&2; exit 1; }
runtime=$(clang -print-file-name="libclang_rt.asan-$(uname -m).so")
[ -e "$runtime" ] || { echo 'the AddressSanitizer runtime of clang is missing: install libclang-rt-dev' >&2; exit 1; }
# Leaks: Node.js itself frees little at its end.
export ASAN_OPTIONS="${ASAN_OPTIONS:-detect_leaks=0}"
exec unshare --mount sh -c 'mount --bind "$1" dist/tsrun.node && shift && exec env "$@"' sh "$addon" "LD_PRELOAD=$runtime" "$@"
