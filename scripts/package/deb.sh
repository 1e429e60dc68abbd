#!/bin/sh
# Usage: deb.sh [DIRECTORY]
#
# Prints the path of the package. The same sources and SOURCE_DATE_EPOCH give the same bytes.
set -eu
umask 022
cd "$(dirname "$0")/../.."
output=${1:-build/packages}
mkdir -p "$output"
version=$(node -p 'require("./package.json").version')
SOURCE_DATE_EPOCH=$(node --input-type=module -e 'import { sourceDate } from "./scripts/package/source_date.mjs"; console.log(Math.floor(sourceDate() / 1000))')
export SOURCE_DATE_EPOCH
architecture=$(dpkg --print-architecture)
# A program without an interpreter needs no shared libraries.
! readelf -l dist/tsrun | grep -q INTERP || { echo 'dist/tsrun is not linked statically: install libseccomp-dev with its static library, and build again' >&2; exit 1; }

# Who distributes the package: RELEASING.md. Without it, an address that nobody has (RFC 2606).
maintainer=${TSRUN_MAINTAINER:-tsrun authors <noreply@tsrun.invalid>}
case $maintainer in
  *[!\ ]\ \<*@*\>) ;;
  *) echo "TSRUN_MAINTAINER: '$maintainer' is not 'Name <address>'" >&2; exit 1 ;;
esac
named=$maintainer
maintainer=$(printf %s "$named" | sed 's/[&|\\]/\\&/g')

tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
chmod 755 "$tree"
scripts/package/install.sh --vendor --prefix /usr --destdir "$tree"
gzip -9n "$tree"/usr/share/man/man8/*.8
documents=$tree/usr/share/doc/tsrun
install -D -m 644 scripts/package/debian/copyright "$documents/copyright"
install -m 644 README.md SECURITY.md CHANGELOG.md "$documents"
gzip -9n "$documents/CHANGELOG.md"
printf 'tsrun (%s) unstable; urgency=medium\n\n  * Version %s: see CHANGELOG.md.gz.\n\n -- %s  %s\n' "$version" "$version" "$named" "$(LC_ALL=C date -uRd "@$SOURCE_DATE_EPOCH")" |
  gzip -9n > "$documents/changelog.gz"
install -D -m 644 scripts/package/debian/lintian-overrides "$tree/usr/share/lintian/overrides/tsrun"
mkdir "$tree/DEBIAN"
size=$(du -sk --exclude=DEBIAN "$tree" | cut -f 1)
sed -e "s/@VERSION@/$version/; s/@ARCHITECTURE@/$architecture/; s/@SIZE@/$size/; s|@MAINTAINER@|$maintainer|" scripts/package/debian/control > "$tree/DEBIAN/control"
(cd "$tree" && find usr -type f | LC_ALL=C sort | xargs md5sum) > "$tree/DEBIAN/md5sums"
find "$tree" -exec touch --no-dereference --date "@$SOURCE_DATE_EPOCH" {} +
file=$output/tsrun_${version}_$architecture.deb
dpkg-deb --root-owner-group -Zxz --build "$tree" "$file" > /dev/null
echo "$file"
