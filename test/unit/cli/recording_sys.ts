import { bindSys } from '../../../src/sys/call.js';
import type { Sys } from '../../../src/sys/contract.js';

/** What a command wrote, by destination: `1`, `2`, or the path of a file. */
export type Written = Map<string, string>;

/** Binds a sys that only records what is written, and knows the time and a few facts. */
export function bindRecordingSys(more: Partial<Sys> = {}): Written {
  const written: Written = new Map();
  const add = (where: string, text: string): void => {
    written.set(where, (written.get(where) ?? '') + text);
  };
  const sys: Partial<Sys> = {
    writeText: ({ fd, text }) => {
      add(String(fd), text);
    },
    writeFile: ({ path, text }) => {
      add(path, text);
    },
    clock: () => ({ realtime: Date.UTC(2026, 0, 2, 3, 4, 5, 678), nanoseconds: 0, monotonic: 1_000_000 }),
    versions: () => ({ engine: 'quickjs 2025-04-26', seccomp: '2.5.4' }),
    ids: () => ({ pid: 10, uid: 0, euid: 0, egid: 0, secure: false }),
    environment: () => ['PATH=/bin', 'XDG_RUNTIME_DIR=/run/user/7'],
    workingDirectory: () => '/work',
    isTerminal: () => false,
    ...more,
  };
  bindSys(sys as Sys);
  return written;
}
