import { asRuntimeError } from '../errors/format.js';
import { bindAscii } from '../protobuf/ascii.js';
import { sys } from '../sys/call.js';
import type { ServerSys } from '../sys/server.js';
import { deleteLeftovers, type DeleteForced } from './delete.js';
import { parseFlags, type ShimFlags } from './flags.js';
import { start } from './start.js';

/** What only the complete program of the shim contains. In the small one, each of these hands over to the complete one. */
export interface Complete {
  /** No action: the server, whose socket `start` passed. */
  readonly serve: (flags: ShimFlags) => Promise<void>;
  /** `-info`. */
  readonly printInfo: () => Promise<void> | void;
  readonly deleteForced: DeleteForced;
}

export interface ShimCall {
  /** The words after the program's name. */
  readonly args: readonly string[];
  readonly server: Pick<ServerSys, 'fork' | 'dismiss' | 'readAscii' | 'writeAscii'>;
  readonly version: string;
  readonly commit: string;
  readonly complete: Complete;
}

/**
 * containerd's shim for tsrun (containerd's core/runtime/v2/README.md). Returns the exit code.
 */
export async function runShim({ args, server, version, commit, complete }: ShimCall): Promise<number> {
  bindAscii({ read: server.readAscii, write: server.writeAscii });
  try {
    const flags = parseFlags(args);
    if (flags.version) printVersion(version, commit);
    else if (flags.info) await complete.printInfo();
    else if (flags.action === 'start') await start(flags, server);
    else if (flags.action === 'delete') await deleteLeftovers(flags, complete.deleteForced);
    else if (flags.action === '' && flags.socket !== '') await complete.serve(flags);
    else throw new Error('containerd starts this program: expected the action start or delete');
    return 0;
  } catch (error) {
    // containerd shows this text as the reason. With exit code 0 it would read it as the address.
    sys().writeText({ fd: 2, text: `containerd-shim-tsrun-v2: ${asRuntimeError(error).message}\n` });
    return 1;
  }
}

function printVersion(version: string, commit: string): void {
  sys().writeText({ fd: 1, text: `containerd-shim-tsrun-v2:\n  Version:  ${version}\n  Revision: ${commit}\n` });
}
