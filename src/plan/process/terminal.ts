import type { Process } from '../../spec/types.js';
import type { DescriptorTable } from '../context.js';
import type { Operation } from '../../protocol/operations.js';

export interface TerminalRequest {
  readonly process: Process;
  readonly descriptors: DescriptorTable;
  /** Whether the terminal is mounted on /dev/console: in the container's own mount namespace, once. */
  readonly console: boolean;
  /** Whether its lines end with a line feed alone: what shows them is no screen. */
  readonly plainLines: boolean;
  /** Whether the process that opens it is the one that leads its session. */
  readonly controlling: boolean;
}

/** The pseudo-terminal of a process with `terminal`. */
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
      // The group that the `gid` option of devpts set stays.
      gid: -1,
      plainLines: plainLines ? 1 : 0,
      controlling: controlling ? 1 : 0,
    },
  ];
}
