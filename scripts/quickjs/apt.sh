# To be sourced by other scripts. `private_apt DIRECTORY SOURCE [ARCHITECTURE]` makes apt-get use the one line SOURCE of sources.list(5),
# with a configuration and package lists in DIRECTORY, for an architecture (Debian's name of it; default: the machine's). apt checks the
# archive's signature; the machine's own lists and architectures stay as they are.
debian_keyring=/usr/share/keyrings/debian-archive-keyring.gpg

private_apt() {
  mkdir -p "$1/lists/partial" "$1/archives/partial" "$1/parts"
  : > "$1/status"
  echo "$2" > "$1/sources.list"
  # apt's sandbox user _apt could not write below a private directory.
  cat > "$1/apt.conf" <<CONF
Dir::Etc::SourceList "$1/sources.list";
Dir::Etc::SourceParts "$1/parts";
Dir::State::Lists "$1/lists";
Dir::State::status "$1/status";
Dir::Cache "$1";
APT::Sandbox::User "root";
CONF
  if [ -n "${3:-}" ]; then
    cat >> "$1/apt.conf" <<CONF
APT::Architecture "$3";
APT::Architectures { "$3"; };
CONF
  fi
  export APT_CONFIG="$1/apt.conf"
  apt-get -qq update
}
