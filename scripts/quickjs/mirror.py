#!/usr/bin/env python3
"""Prints the address of the Debian archive: $TSRUN_DEBIAN_MIRROR, else the one that this machine already uses, so that no host is named in the repository.

Reads sources.list, *.list (one line per source) and *.sources (deb822), see sources.list(5). The main archive is the one whose path
ends in /debian: not the security archive, not somebody's own.
"""
import glob
import os
import re
import sys


def addresses():
    if "TSRUN_DEBIAN_MIRROR" in os.environ:
        yield os.environ["TSRUN_DEBIAN_MIRROR"]
    for name in ["/etc/apt/sources.list", *sorted(glob.glob("/etc/apt/sources.list.d/*.list"))]:
        try:
            text = open(name, encoding="utf-8").read()
        except FileNotFoundError:
            continue
        for match in re.finditer(r"^\s*deb(?:-src)?\s+(?:\[[^]]*\]\s+)?(\S+)\s", text, re.M):
            yield match.group(1)
    for name in sorted(glob.glob("/etc/apt/sources.list.d/*.sources")):
        for match in re.finditer(r"^URIs:\s*(.+)$", open(name, encoding="utf-8").read(), re.M | re.I):
            yield from match.group(1).split()


for address in addresses():
    if re.search(r"/debian/?$", address):
        print(address)
        break
else:
    sys.exit("no Debian archive in /etc/apt")
