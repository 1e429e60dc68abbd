#!/usr/bin/env python3
"""Usage: mirror.py [DIRECTORY]

Prints the address of the Debian archive: $TSRUN_DEBIAN_MIRROR, else the one that this machine already uses, so that no host is named in the repository.

Reads, in DIRECTORY (default: /etc/apt), sources.list, *.list (one line per source) and *.sources (deb822), see sources.list(5). The main archive is the one whose path
ends in /debian: not the security archive, not somebody's own.
"""
import glob
import os
import re
import sys

apt = sys.argv[1] if len(sys.argv) > 1 else "/etc/apt"


def addresses():
    for name in [f"{apt}/sources.list", *sorted(glob.glob(f"{apt}/sources.list.d/*.list"))]:
        try:
            text = open(name, encoding="utf-8").read()
        except FileNotFoundError:
            continue
        for match in re.finditer(r"^\s*deb(?:-src)?\s+(?:\[[^]]*\]\s+)?(\S+)\s", text, re.M):
            yield match.group(1)
    for name in sorted(glob.glob(f"{apt}/sources.list.d/*.sources")):
        for match in re.finditer(r"^URIs:\s*(.+)$", open(name, encoding="utf-8").read(), re.M | re.I):
            yield from match.group(1).split()


if os.environ.get("TSRUN_DEBIAN_MIRROR"):
    print(os.environ["TSRUN_DEBIAN_MIRROR"])
    sys.exit()
for address in addresses():
    if re.search(r"/debian/?$", address):
        print(address)
        break
else:
    sys.exit(f"no Debian archive in {apt}")
