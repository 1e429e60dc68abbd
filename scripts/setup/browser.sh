#!/bin/sh
# Usage: browser.sh
#
# Installs the browser in which the web terminal of examples/ is tested, Debian's chromium. Does nothing if it is there.
set -eu
[ ! -x /usr/bin/chromium ] || exit 0
command -v apt-get > /dev/null || { echo 'no apt-get: the page of the web terminal is not tested without /usr/bin/chromium' >&2; exit 0; }
[ "$(id -u)" = 0 ] || { echo 'chromium is missing (run as root, or install it)' >&2; exit 1; }
echo 'installing chromium'
apt-get -qq update
# Ubuntu has a snap instead.
apt-cache show chromium > /dev/null 2>&1 || { echo 'no package chromium: the page of the web terminal is not tested' >&2; exit 0; }
DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends -y chromium > /dev/null
