import { asRuntimeError } from '../errors/format.js';
import { sys } from '../sys/call.js';
import type { ServerSys } from '../sys/server.js';
import { deleteLeftovers } from './delete.js';
import { parseFlags } from './flags.js';
import { printInfo, type Build } from './info.js';
import { start } from './start.js';

export interface ShimCall {
  /** The words after the program's name. */
  readonly args: readonly string[];
  readonly server: ServerSys;
  readonly build: () => Build;
}

/**
 * containerd's shim for tsrun (containerd's core/runtime/v2/README.md). Returns the exit code.
 */
export async function runShim({ args, server, build }: ShimCall): Promise<number> {
  try {
    const flags = parseFlags(args);
    if (flags.version) printVersion(build());
    else if (flags.info) printInfo(build());
    else if (flags.action === 'start') await start(flags, server);
    else if (flags.action === 'delete') await deleteLeftovers(flags);
    else throw new Error('containerd starts this program: expected the action start or delete');
    return 0;
  } catch (error) {
    // containerd shows this text as the reason. With exit code 0 it would read it as the address.
    sys().writeText({ fd: 2, text: `containerd-shim-tsrun-v2: ${asRuntimeError(error).message}\n` });
    return 1;
  }
}

function printVersion({ version, commit }: Build): void {
  sys().writeText({ fd: 1, text: `containerd-shim-tsrun-v2:\n  Version:  ${version}\n  Revision: ${commit}\n` });
}
