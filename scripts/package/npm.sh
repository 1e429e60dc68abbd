#!/bin/sh
exec node "$(dirname "$0")/npm/pack.mjs" "$@"
