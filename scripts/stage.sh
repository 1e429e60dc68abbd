# To be sourced by other scripts. `stage TITLE COMMAND...` runs a command and prints one line: the title, the elapsed seconds, the result.
# The command's output is shown only if it fails, or immediately if `verbose` is not empty. The command may be a function of the script.
verbose=

# Sets `verbose` if a script's argument is --verbose; other arguments are left to the script.
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
  # The indicator runs in the background, not the command, which would not receive Ctrl-C there. It ends with the script, however that ends.
  stage_indicator=
  if [ -t 1 ]; then
    while sleep 1 && kill -0 $$ 2> /dev/null; do printf '\r%s ... %s s' "$stage_title" $(($(date +%s) - stage_started)); done &
    stage_indicator=$!
  fi
  # Not `"$@" || ...`, which would disable -e within a function.
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
