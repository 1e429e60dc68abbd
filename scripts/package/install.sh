#!/bin/sh
# Usage: install.sh [--prefix DIRECTORY] [--destdir DIRECTORY]
set -eu
umask 022
cd "$(dirname "$0")/../.."
prefix=/usr/local
destdir=
zsh=site-functions
while [ $# -gt 0 ]; do
  case $1 in
    --prefix) prefix=$2; shift 2 ;;
    --destdir) destdir=$2; shift 2 ;;
    # Debian's shells look for the completions of packages in other directories.
    --vendor) zsh=vendor-completions; shift ;;
    *) echo "usage: package.sh install [--prefix DIRECTORY] [--destdir DIRECTORY]" >&2; exit 1 ;;
  esac
done
[ -x dist/tsrun ] || { echo 'dist/tsrun is missing: run npm run build' >&2; exit 1; }
manual=$(mktemp -d)
trap 'rm -rf "$manual"' EXIT
node scripts/package/manual.mjs "$manual"

root=$destdir$prefix
install -D -m 755 dist/tsrun "$root/bin/tsrun"
# containerd looks for its shims by their names.
ln -sf tsrun "$root/bin/containerd-shim-tsrun-v2"
install -D -m 644 -t "$root/share/man/man8" "$manual"/man/*.8
install -D -m 644 "$manual/completion/tsrun.bash" "$root/share/bash-completion/completions/tsrun"
install -D -m 644 "$manual/completion/_tsrun" "$root/share/zsh/$zsh/_tsrun"
install -D -m 644 "$manual/completion/tsrun.fish" "$root/share/fish/vendor_completions.d/tsrun.fish"
