#!/bin/sh
# Usage: sid_root.sh DIRECTORY [PACKAGE...]
#
# `debian_root.sh` for Debian sid, which has what releases have not yet.
set -eu
exec "$(dirname "$0")/debian_root.sh" sid "$@"
