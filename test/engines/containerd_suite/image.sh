#!/bin/sh
# Usage: image.sh DIRECTORY SLEEP
#
# Makes the images of containerd's tests, of one and of three layers, in DIRECTORY, as an OCI layout. SLEEP is the source of its `sleep`.
set -eu
directory=$1
mkdir -p "$directory/root"
cd "$directory/root"
mkdir -p bin dev etc home lib proc root run sys usr var
mkdir -m 1777 tmp
cp /bin/busybox bin/busybox
for name in $(/bin/busybox --list); do [ "$name" = busybox ] || ln -s busybox "bin/$name"; done
# Debian's busybox does not know `sleep inf`.
rm bin/sleep
gcc -static -O2 -o bin/sleep "$2"
# The tests look up users and groups of the image.
cp /etc/passwd /etc/group etc
mkdir "$directory/layer"
echo text > "$directory/layer/file"
cd "$directory"
umoci init --layout layout
umoci new --image layout:empty
umoci insert --image layout:empty --tag busybox root /
umoci config --image layout:busybox --config.env PATH=/bin --config.cmd sh
umoci insert --image layout:busybox --tag layers layer /test_dir
umoci insert --image layout:layers layer /test_dir2
