#!/bin/sh
# Usage: install.sh install|remove|wait
#
# Installs tsrun on the machine whose root is $HOST (default: /host), or removes what it has installed: the executable, its second name for
# containerd, and a configuration file of its own for containerd and CRI-O, where they are. It changes no other file and restarts nothing:
# a restart of containerd or CRI-O, when it suits, makes the runtime known. $TSRUN is the executable, $SYSTEMD_CGROUP whether the kubelet
# has the systemd driver (default: true).
set -eu
host=${HOST-/host}
executable=${TSRUN-/tsrun}
systemd=${SYSTEMD_CGROUP-true}
bin=$host/usr/local/bin
# Who has it has been here before.
mark=$host/etc/tsrun-installer
containerd=$host/etc/containerd
crio=$host/etc/crio

fail() {
  echo "install.sh: $1" >&2
  exit 1
}

# Containers may be starting: every file is complete from the moment that it has its name.
write() {
  mkdir -p "${1%/*}"
  cat > "$1.new"
  mv "$1.new" "$1"
}

# containerd demands that files have the version of the file that imports them.
version_of() {
  version=$(sed -n 's/^version *= *\([0-9]*\).*/\1/p' "$1" 2> /dev/null)
  echo "${version:-2}"
}

containerd_configuration() {
  version=$(version_of "$containerd/config.toml")
  case $version in
    2) plugin=io.containerd.grpc.v1.cri ;;
    3) plugin=io.containerd.cri.v1.runtime ;;
    *) fail "$containerd/config.toml has version $version; 2 and 3 are supported" ;;
  esac
  cat << END
version = $version

[plugins."$plugin".containerd.runtimes.tsrun]
runtime_type = "io.containerd.tsrun.v2"

[plugins."$plugin".containerd.runtimes.tsrun.options]
SystemdCgroup = $systemd
END
}

crio_configuration() {
  cat << END
[crio.runtime.runtimes.tsrun]
runtime_path = "/usr/local/bin/tsrun"
runtime_type = "oci"
runtime_root = "/run/tsrun-crio"
END
}

install() {
  case $systemd in true | false) ;; *) fail "SYSTEMD_CGROUP is neither true nor false: $systemd" ;; esac
  [ -x "$executable" ] || fail "$executable is missing"
  [ -d "$containerd" ] || [ -d "$crio" ] || fail "neither $containerd nor $crio exists"
  if [ ! -e "$mark" ]; then
    for file in "$bin/tsrun" "$bin/containerd-shim-tsrun-v2"; do
      [ ! -e "$file" ] && [ ! -L "$file" ] || fail "$file exists, and not from here: remove it first"
    done
  fi
  # Before anything is written, what may be refused.
  [ ! -d "$containerd" ] || drop_in=$(containerd_configuration)
  echo 'tsrun was installed by its DaemonSet for Kubernetes; install.sh remove undoes it.' | write "$mark"
  mkdir -p "$bin"
  cp "$executable" "$bin/tsrun.new"
  chmod 755 "$bin/tsrun.new"
  mv "$bin/tsrun.new" "$bin/tsrun"
  ln -sf tsrun "$bin/containerd-shim-tsrun-v2"
  if [ -d "$containerd" ]; then
    echo "$drop_in" | write "$containerd/conf.d/tsrun.toml"
    # Newer versions import this directory without being told.
    grep -qs '^ *imports *=.*/etc/containerd/conf\.d/' "$containerd/config.toml" ||
      echo "unless containerd imports it by itself, add to /etc/containerd/config.toml: imports = [\"/etc/containerd/conf.d/*.toml\"]"
    echo 'restart containerd when it suits: systemctl restart containerd'
  fi
  if [ -d "$crio" ]; then
    crio_configuration | write "$crio/crio.conf.d/tsrun.conf"
    echo 'restart CRI-O when it suits: systemctl restart crio'
  fi
}

remove() {
  [ -e "$mark" ] || { echo 'nothing was installed from here'; return; }
  rm -f "$containerd/conf.d/tsrun.toml" "$crio/crio.conf.d/tsrun.conf"
  rm -f "$bin/containerd-shim-tsrun-v2" "$bin/tsrun"
  # Last: a remove that was interrupted can be repeated.
  rm -f "$mark"
  echo 'restart containerd or CRI-O when it suits'
}

case ${1-} in
  install) install ;;
  remove) remove ;;
  # Keeps the pod alive, so that Kubernetes sees the node as done.
  wait)
    trap 'exit 0' TERM INT
    while :; do sleep 3600 & wait $!; done
    ;;
  *) fail 'usage: install.sh install|remove|wait' ;;
esac
