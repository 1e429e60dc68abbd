# For other scripts to source. `stage TITLE COMMAND...` runs a command and prints one line: the title, the seconds that pass, how it ended. What the command prints is shown only if
# it fails, or as it comes if `verbose` is not empty. The command may be a function of the script.
verbose=

# Takes --verbose from the arguments of a script, which it sets `verbose` by; any other word is left to the script.
is_verbose() {
  [ "$1" = --verbose ] || return 1
  verbose=--verbose
}

stage() {
  stage_title=$1
  shift
  if [ -n "$verbose" ]; then
    echo "== $stage_title"
    "$@"
    return
  fi
  stage_output=$(mktemp)
  stage_started=$(date +%s)
  printf '%s ...' "$stage_title"
  # The indicator, not the command, is what runs in the background: the command would be deaf to Ctrl-C there. It ends with the script, however that ends.
  stage_indicator=
  if [ -t 1 ]; then
    while sleep 1 && kill -0 $$ 2> /dev/null; do printf '\r%s ... %s s' "$stage_title" $(($(date +%s) - stage_started)); done &
    stage_indicator=$!
  fi
  # Not `"$@" || ...`: within that, -e would not hold for the lines of a function.
  set +e
  (set -e; "$@") > "$stage_output" 2>&1
  stage_status=$?
  set -e
  if [ -n "$stage_indicator" ]; then
    kill "$stage_indicator" 2> /dev/null || true
    wait "$stage_indicator" 2> /dev/null || true
    printf '\r%s ...' "$stage_title"
  fi
  stage_seconds=$(($(date +%s) - stage_started))
  if [ "$stage_status" = 0 ]; then
    echo " done ($stage_seconds s)"
  else
    echo " failed ($stage_seconds s)"
    cat "$stage_output" >&2
  fi
  rm -f "$stage_output"
  [ "$stage_status" = 0 ] || exit "$stage_status"
}
