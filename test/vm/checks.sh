# Sourced by the guest's scripts, whose first argument is the runtime. Makes a busybox bundle, counts checks, and prints the sum.
# shellcheck shell=bash
runtime=$(readlink -f "$1")
bundle=/dev/shm/bundle
passed=0 failed=0

check() { # NAME WANTED FOUND: the whole text, or a pattern
  if [[ $3 == $2 ]]; then
    passed=$((passed + 1)) && echo "ok: $1"
  else
    failed=$((failed + 1)) && printf 'not ok: %s\n  wanted: %s\n  found:  %s\n' "$1" "$2" "$3"
  fi
}

# configure PYTHON: writes the config.json of `spec`, changed by Python statements on `c`.
configure() {
  python3 - "$bundle/config.json" "$1" <<'PY'
import json, sys
c = json.load(open(sys.argv[1] + ".default"))
c["process"]["terminal"] = False
c["root"]["readonly"] = False
def shell(script): c["process"]["args"] = ["sh", "-c", script]
exec(sys.argv[2])
json.dump(c, open(sys.argv[1], "w"))
PY
}
run() { "$runtime" "$@" 2>&1; }

mkdir -p $bundle/rootfs/{bin,proc,sys,dev,tmp}
cp "$(command -v busybox)" $bundle/rootfs/bin/
for name in sh true cat touch sleep tail id mkdir head timeout grep cut wc; do ln -s busybox $bundle/rootfs/bin/$name; done
cd $bundle && "$runtime" spec && mv config.json config.json.default

# The last line, and the status of the script.
finish() {
  echo "$passed passed, $failed failed"
  [ $failed = 0 ]
}
