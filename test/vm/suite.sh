#!/bin/bash
# Usage: suite.sh RUNTIME [FILE...], as root in the guest of `vm-run -m 2560`: files of the black-box suite (test/oci), by default those of
# its quick part. Everything is five to ten times slower there, so calls may take longer (TSRUN_TEST_SLOWNESS). Ends with the status of
# vitest.
set -u
cd "${BASH_SOURCE[0]%/*}/../.." || exit
runtime=$1
shift
[ $# -gt 0 ] || set -- lifecycle/lifecycle lifecycle/kill lifecycle/pause exec/exec.test mounts/mounts mounts/masks namespaces/namespaces process/process.test \
  resources/resources resources/cgroup_identity commands/update
echo "kernel: $(uname -r)"
exec env RUNTIME="$runtime" TSRUN_TEST_SLOWNESS="${TSRUN_TEST_SLOWNESS:-10}" npx --no-install vitest run --project oci --reporter="${REPORTER:-default}" "${@/#/test/oci/}"
