#!/bin/sh
# Usage: criu.sh [DIRECTORY]
#
# Puts CRIU of Debian sid, which no older Debian has, with the libraries that it needs into DIRECTORY, by default .cache/criu, where the
# tests look for it: DIRECTORY/bin/criu. Does nothing if it is there. apt checks the archive's signature; nothing is installed on this
# machine. Other packages (iptables, iproute2) are used as the machine has them.
set -eu
cd "$(dirname "$0")/../.."
. scripts/quickjs/apt.sh
directory=${1:-.cache/criu}
mkdir -p "$(dirname "$directory")"
directory=$(cd "$(dirname "$directory")" && pwd)/$(basename "$directory")

# Two calls at the same time would work in the same directory.
exec 9> "$directory.lock"
flock 9
[ ! -x "$directory/bin/criu" ] || exit 0

for program in apt-get dpkg-deb python3; do
  command -v "$program" > /dev/null || { echo "CRIU is not set up: $program is missing" >&2; exit 1; }
done
[ -e "$debian_keyring" ] || { echo "CRIU is not set up: $debian_keyring is missing (package debian-archive-keyring)" >&2; exit 1; }
mirror=$(python3 scripts/quickjs/mirror.py) || { echo 'CRIU is not set up: set TSRUN_DEBIAN_MIRROR to the address of a Debian archive' >&2; exit 1; }

new=$directory.new
rm -rf "$new" "$directory"
mkdir -p "$new/root" "$new/bin"
private_apt "$new/apt" "deb [signed-by=$debian_keyring] $mirror sid main"
# Without the machine's own packages apt takes every dependency, the C library, too.
apt-get -qq -y --no-install-recommends --download-only install criu > /dev/null
for archive in "$new"/apt/archives/*.deb; do
  dpkg-deb --extract "$archive" "$new/root"
done
rm -rf "$new/apt"

loader=$(cd "$new/root" && find usr/lib -name 'ld-linux-*.so.*' | head -n 1)
[ -n "$loader" ] || { echo 'CRIU is not set up: its packages have no dynamic loader' >&2; exit 1; }
# Its own C library is newer than the machine's, so the loader is told where the libraries are. Programs that CRIU executes are not
# concerned.
cat > "$new/bin/criu" <<WRAPPER
#!/bin/sh
root=\$(cd "\$(dirname "\$0")/.." && pwd)/root
exec "\$root/$loader" --library-path "\$root/$(dirname "$loader")" "\$root/usr/sbin/criu" "\$@"
WRAPPER
chmod 755 "$new/bin/criu"
version=$("$new/bin/criu" --version | head -n 1)
mv "$new" "$directory"
echo "CRIU, $version"
