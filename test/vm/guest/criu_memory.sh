# Sourced by criu.sh: memory that is saved ahead of a checkpoint, in several steps, by another program, or when it is touched.
# shellcheck shell=bash disable=SC2154
configure 'c["process"]["args"] = ["memory", "24"]'
if has mem_dirty_track; then
  started m1
  goes_on m1 5 >/dev/null
  check 'criu: a first pre-dump' '' "$(run checkpoint --pre-dump --image-path $at/first m1)"
  check 'criu: the container runs on' running "$(state m1 status)"
  goes_on m1 "$(last m1)" >/dev/null
  check 'criu: a second one, with its parent' '' "$(run checkpoint --pre-dump --image-path $at/second --parent-path ../first m1)"
  goes_on m1 "$(last m1)" >/dev/null
  before=$(allocated $at/first)
  check 'criu: the checkpoint, with --auto-dedup' '' "$(run checkpoint --image-path $at/last --parent-path ../second --auto-dedup m1)"
  check 'criu: has only the pages that have changed' small "$([ $((8 * $(allocated $at/second/pages* $at/last/pages*))) -lt "$(allocated $at/first/pages*)" ] && echo small || du -k $at/*/pages*)"
  check 'criu: and has removed those from the parents' fewer "$([ "$(allocated $at/first)" -lt "$before" ] && echo fewer)"
  before=$(allocated $at/first)
  check 'criu: is restored, with --auto-dedup' '' "$(back --auto-dedup --image-path $at/last m2)"
  check 'criu: counts on' on "$(goes_on m2 $(($(last m1) + 100)))"
  check 'criu: with the memory that it had' '' "$(grep damaged $at/m?.out)"
  check 'criu: and the pages are removed from the image' fewer "$([ "$(allocated $at/first)" -lt "$((before / 2))" ] && echo fewer)"
  gone m2
else
  echo 'skipped: pre-dumps: the kernel does not track memory (CONFIG_MEM_SOFT_DIRTY)'
fi

if has uffd-noncoop; then
  started l1
  goes_on l1 5 >/dev/null
  mkfifo $at/ready
  timeout 60 "$runtime" checkpoint --lazy-pages --page-server 127.0.0.1:27000 --status-fd 3 --image-path $at/lazy l1 3>$at/ready >$at/lazy.log 2>&1 &
  saving=$!
  check 'criu: --status-fd says when the page server of --lazy-pages is ready' 1 "$(head -c 1 $at/ready | wc -c)"
  timeout 60 criu lazy-pages --page-server --address 127.0.0.1 --port 27000 -D $at/lazy -W $at/lazy >$at/daemon.log 2>&1 &
  daemon=$!
  until_it test -S $at/lazy/lazy-pages.socket
  check 'criu: --lazy-pages writes no memory to the image' small "$([ "$(allocated $at/lazy)" -lt 8192 ] && echo small)"
  check 'criu: restore --lazy-pages' '' "$(back --lazy-pages --image-path $at/lazy l2)"
  check 'criu: counts on' on "$(goes_on l2 $(($(last l1) + 100)))"
  check 'criu: with the memory that it had' '' "$(grep damaged $at/l?.out)"
  wait $saving
  check 'criu: the checkpoint ends when all is sent' 0 "$?$(cat $at/lazy.log)"
  wait $daemon
  check 'criu: and so does the daemon' 0 $?
  gone l2
else
  echo 'skipped: lazy pages: CRIU cannot use a userfaultfd of this kernel'
fi

started p1
goes_on p1 5 >/dev/null
mkdir $at/pages
timeout 60 criu page-server -D $at/pages -W $at/pages --address 127.0.0.1 --port 27001 >$at/server.log 2>&1 &
server=$!
until_it grep -q :6979 /proc/net/tcp
check 'criu: --page-server' '' "$(run checkpoint --page-server 127.0.0.1:27001 --image-path $at/sent p1)"
wait $server
check 'criu: the image has no pages' '' "$(ls $at/sent/pages-*.img 2>/dev/null)"
cp $at/pages/*.img $at/sent/
check 'criu: the image with those that the server got is restored' 'on' "$(back --image-path $at/sent p2; goes_on p2 $(($(last p1) + 100)))"
check 'criu: with the memory that it had' '' "$(grep damaged $at/p?.out)"
gone p2
rm -rf $at/*/
