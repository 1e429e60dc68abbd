#!/bin/sh
exec node "$(dirname "$0")/manual.mjs" "$@"
