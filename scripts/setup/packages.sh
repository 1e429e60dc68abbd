# For other scripts to source: the packages that each distribution needs, and how to install them. Debian's are used by every test run; the
# names of the others are from their package lists.

# Purpose, then the package of Debian, Ubuntu, Fedora and Alpine; "-" if that distribution needs none.
package_table='
build libseccomp-dev   libseccomp-dev         libseccomp-devel   libseccomp-dev
build -                -                      libseccomp-static  libseccomp-static
build pkg-config       pkg-config             pkgconf-pkg-config pkgconf
build g++              g++                    gcc-c++            g++
build -                -                      libstdc++-static   linux-headers
build make             make                   make               make
build python3          python3                python3            python3
build xz-utils         xz-utils               xz                 xz
build -                -                      util-linux         -
engine -               debian-archive-keyring quickjs-devel      quickjs-dev
tests clang            clang                  clang              clang
tests clang-format     clang-format           clang-tools-extra  clang-extra-tools
tests -                -                      compiler-rt        compiler-rt
tests -                -                      glibc-static       bash
tests cmake            cmake                  cmake              cmake
tests busybox-static   busybox-static         busybox            busybox-static
tests runc             runc                   runc               runc
tests crun             crun                   crun               crun
tests iproute2         iproute2               iproute            iproute2
tests uidmap           uidmap                 shadow-utils       shadow-subids
tests mandoc           mandoc                 mandoc             mandoc
tests groff            groff                  groff              groff
tests zsh              zsh                    zsh                zsh
tests fish             fish                   fish               fish
tests bsdutils         bsdutils               util-linux-script  util-linux-misc
cross g++-aarch64-linux-gnu g++-aarch64-linux-gnu - -
cross qemu-user-static qemu-user-static       -                  -
cross gperf         gperf                  -                  -
cross dpkg-dev      dpkg-dev               -                  -
'

packages_fail() {
  echo "$1" >&2
  exit 1
}

# Sets `distribution` to a column of the table, by os-release(5); the argument is another file than /etc/os-release.
find_distribution() {
  os_release=${1:-/etc/os-release}
  [ -e "$os_release" ] || packages_fail "$os_release is missing, so the distribution is unknown: install by hand what docs/building.md lists"
  # In a shell of its own: the file sets variables.
  for distribution in $(. "$os_release" && echo "${ID:-} ${ID_LIKE:-}"); do
    case $distribution in
      debian | ubuntu | fedora | alpine) return ;;
      rhel | centos) distribution=fedora; return ;;
    esac
  done
  packages_fail "setup.sh knows the packages of Debian, Ubuntu, Fedora and Alpine, and $os_release names neither of them nor a relative: install by hand what docs/building.md lists, then run npm ci and npm run build"
}

# Prints the packages of $distribution for a purpose.
packages_for() {
  [ "$1" != cross ] || case $distribution in
    fedora | alpine) packages_fail "--cross needs a cross compiler with a C library, which $distribution does not have: build for another architecture on Debian or Ubuntu, or on a machine of that architecture" ;;
  esac
  case $distribution in
    debian) column=2 ;;
    ubuntu) column=3 ;;
    fedora) column=4 ;;
    alpine) column=5 ;;
  esac
  echo "$package_table" | awk -v purpose="$1" -v column="$column" '$1 == purpose && $column != "-" { print $column }'
}

is_installed() {
  case $distribution in
    debian | ubuntu) dpkg-query -W -f '${db:Status-Status}' "$1" 2> /dev/null | grep -qx installed ;;
    fedora) rpm -q "$1" > /dev/null 2>&1 ;;
    alpine) apk info -e "$1" > /dev/null 2>&1 ;;
  esac
}

# Installs those of the named packages that are missing; root is needed only if there are any.
install_missing() {
  missing=
  for package in "$@"; do
    is_installed "$package" || missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  [ "$(id -u)" = 0 ] || packages_fail "missing packages:$missing (run as root, or install them)"
  echo "installing$missing"
  # shellcheck disable=SC2086 # names of packages are words
  case $distribution in
    debian | ubuntu)
      apt-get -qq update
      DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends -y $missing > /dev/null
      ;;
    fedora) dnf -q -y install --setopt=install_weak_deps=False $missing ;;
    alpine) apk add --quiet $missing ;;
  esac
}

# The runtime of clang's sanitizers. Debian's package has the compiler's version in its name; Ubuntu 22.04 has it in a package that clang
# needs.
install_sanitizers() {
  case $distribution in
    debian | ubuntu) ;;
    *) return 0 ;;
  esac
  runtime=$(clang -print-file-name="libclang_rt.asan-$(uname -m).so")
  [ -e "$runtime" ] || install_missing "libclang-rt-$(clang -dumpversion | cut -d. -f1)-dev"
}
