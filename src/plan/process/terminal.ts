import type { Process } from '../../spec/types.js';
import type { DescriptorTable } from '../context.js';
import type { Operation } from '../../protocol/operations.js';

export interface TerminalRequest {
  readonly process: Process;
  readonly descriptors: DescriptorTable;
  /** Whether to mount the terminal on /dev/console: once, in the container's own mount namespace. */
  readonly console: boolean;
  /** Whether lines end with only a line feed, because the output is not shown on a screen. */
  readonly plainLines: boolean;
  /** Whether the process that opens it leads its session. */
  readonly controlling: boolean;
}

/** The operations for the pseudo-terminal of a process with `terminal`. */
export function terminalOperations({ process, descriptors, console, plainLines, controlling }: TerminalRequest): readonly Operation[] {
  if (process.terminal !== true) return [];
  return [
    {
      op: 'terminal',
      socket: descriptors.add({ kind: 'console' }),
      rows: process.consoleSize?.height ?? 0,
      columns: process.consoleSize?.width ?? 0,
      mountConsole: console ? 1 : 0,
      uid: process.user.uid,
      // Keeps the group that the `gid` option of devpts set.
      gid: -1,
      plainLines: plainLines ? 1 : 0,
      controlling: controlling ? 1 : 0,
    },
  ];
}
