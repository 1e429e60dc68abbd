import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { newDirectory } from '../../../oci/harness/scratch.js';
import { theMachine } from '../engine.js';
import { runtimePath } from '../runtime_path.js';

/** Whether the machine's cgroup v2 has a controller. */
export function hasController(name: string): boolean {
  return readFileSync(`${theMachine().root}/sys/fs/cgroup/cgroup.controllers`, 'utf8').trim().split(' ').includes(name);
}

/**
 * containerd gives each pod's own container CPU shares, and there is no setting against it. If the host has the cpu controller on cgroup
 * v1, tsrun refuses them. Then these programs take them out of the configuration and execute tsrun, as the runtime and as the shim, which
 * both are called in the bundle's directory.
 */
export function programsFor(): { readonly directory: string; readonly runtime: string } {
  const directory = newDirectory();
  const own = { runtime: runtimePath, shim: runtimePath.replace(/[^/]*$/, 'containerd-shim-tsrun-v2') };
  for (const [name, program] of [
    ['tsrun', own.runtime],
    ['containerd-shim-tsrun-v2', own.shim],
  ] as const) {
    const edit =
      hasController('cpu') || !existsSync(program)
        ? ''
        : `[ ! -e config.json ] || sed -i 's/"cpu":{"shares":[0-9]*}/"cpu":{}/' config.json\n`;
    writeFileSync(`${directory}/${name}`, `#!/bin/sh\n${edit}exec ${program} "$@"\n`, { mode: 0o755 });
  }
  return { directory, runtime: `${directory}/tsrun` };
}
