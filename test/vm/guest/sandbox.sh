# Sourced by guest.sh: examples/sandbox.ts holds hostile programs to its limits, and says which it was.
# shellcheck shell=bash disable=SC2154
# An emulated machine is slow: only the last program gets as much time as the example says.
project=$here/../..
mkdir -p "$project/.cache/examples"
(cd "$project" && node_modules/.bin/esbuild examples/sandbox.ts --bundle --packages=external --platform=node --format=esm --target=node20 \
  --log-level=error --outfile=.cache/examples/sandbox.mjs
  sed 's/timeout: 1e4/timeout: 12e4/' .cache/examples/sandbox.mjs >.cache/examples/patient.mjs)
example() { node "$project/.cache/examples/$1.mjs" "$bundle/rootfs" sh -c "$2" 2>&1; }
sandboxed() { example patient "$1"; }
check 'sandbox: 256 MiB, 64 processes, one processor' "$((256 << 20)) 64 100000 100000" \
  "$(sandboxed 'cd /sys/fs/cgroup; echo $(cat memory.max pids.max cpu.max)')"
check 'sandbox: a memory bomb is killed, and the limit is named' "*sandbox: the memory limit of $((256 << 20)) bytes killed 1 process*" \
  "$(sandboxed 'tail /dev/zero')"
check 'sandbox: a fork bomb is refused, and the limit is named' '*sandbox: the limit of 64 processes refused [1-9]* fork*' \
  "$(sandboxed 'bomb() { bomb | bomb & }; bomb; sleep 3')"
check 'sandbox: a disk bomb fills 64 MiB' "$((64 << 20))"$'\n*No space left on device*sandbox: the program says that its 64 MiB in /tmp are full' \
  "$(sandboxed 'cat /dev/zero >/tmp/bomb; wc -c </tmp/bomb')"
check 'sandbox: an output flood is cut off' '*sandbox: run: the standard output of the program is longer than 1048576 bytes*' \
  "$(sandboxed 'while :; do echo flood; done')"
check 'sandbox: what never ends is killed after 10 s' '*sandbox: run: the program did not end within 10000 ms*' "$(example sandbox 'sleep 1000')"
check 'sandbox: nothing is left' '' "$(ls -d /sys/fs/cgroup/tsrun-* 2>/dev/null)"
