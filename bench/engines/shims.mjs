import { existsSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { encode } from './protobuf.mjs';

const dist = join(import.meta.dirname, '../../dist');

/** containerd's own shim, which executes a runtime for each verb. */
const executing = (runtime, program) => ({
  name: `runc.v2 + ${runtime}`,
  type: 'io.containerd.runc.v2',
  program: 'containerd-shim-runc-v2',
  runtime: program,
  options: encode({ 6: program }),
  ctr: ['--runtime', 'io.containerd.runc.v2', '--runc-binary', program],
});

/**
 * The shims that are compared, each with the subject whose runtime it executes. `directory` gets those that have no name of their own, and
 * is to be in containerd's PATH. The floor answers each call at once and runs nothing (programs/floor_shim.c).
 */
export function shimsIn({ directory, floor, commands }) {
  link(floor, join(directory, 'containerd-shim-floor-v2'));
  link(join(dist, 'tsrun'), join(directory, 'containerd-shim-tsrun-v2'));
  const own = (name) => ({
    name: `${name}.v2`,
    type: `io.containerd.${name}.v2`,
    program: `containerd-shim-${name}-v2`,
    ctr: ['--runtime', `io.containerd.${name}.v2`],
  });
  return [
    own('floor'),
    ...commands
      .filter(({ root, kind }) => kind === 'command' && root === undefined)
      .map(({ name, command }) => executing(name, command[0])),
    own('tsrun'),
  ];
}

function link(target, path) {
  if (!existsSync(path)) symlinkSync(target, path);
}
