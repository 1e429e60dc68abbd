import { fromSystem } from '../../errors/from_system.js';
import { RuntimeError } from '../../errors/runtime_error.js';
import { sys } from '../../sys/call.js';
import type { Fd } from '../../sys/contract.js';
import type { Process } from '../../spec/types.js';
import type { SizeOfTerminal } from '../options.js';

/** Where the terminal's master goes: to an engine's console socket, or to us. */
export interface Console {
  /** Passed to tsrun-init. */
  readonly giver: Fd;
  /** Our end, for our own terminal; -1 if an engine gets the master. */
  readonly taker: Fd;
}

export interface ConsoleRequest {
  readonly terminal: boolean;
  readonly detached: boolean;
  readonly consoleSocket: string | undefined;
  /** Whether a program takes the master, as the library's does. */
  readonly taken: boolean;
}

/** Refuses combinations that cannot work, in runc's words (engines and their tests match them). */
export function checkConsole(request: ConsoleRequest): void {
  const details = { code: 'usage', phase: 'command' } as const;
  if (request.detached && request.terminal && request.consoleSocket === undefined && !request.taken) {
    throw new RuntimeError('cannot allocate tty if tsrun will detach without setting console socket', {
      ...details,
      hint: 'pass --console-socket (in a program: terminal or consoleSocket), or set /process/terminal to false',
    });
  }
  if (request.consoleSocket !== undefined && !(request.detached && request.terminal)) {
    throw new RuntimeError('cannot use console socket if tsrun will not detach or allocate tty', {
      ...details,
      hint: 'set /process/terminal to true, or leave --console-socket (in a program: consoleSocket) out',
    });
  }
}

/** Opens both ends; returns null without a terminal. */
export function openConsole(request: ConsoleRequest, opened: Fd[]): Console | null {
  checkConsole(request);
  if (!request.terminal) return null;
  if (request.consoleSocket === undefined) {
    if (!request.taken) needOwnTerminal();
    const [taker, giver] = sys().socketPair({ credentials: false }) as [Fd, Fd];
    opened.push(taker, giver);
    return { giver, taker };
  }
  try {
    const giver = sys().connectUnix({ path: request.consoleSocket });
    opened.push(giver);
    return { giver, taker: -1 };
  } catch (error) {
    throw fromSystem(error, {
      code: 'setup',
      phase: 'setup',
      operation: 'connect console socket',
      path: request.consoleSocket,
      hint: 'the receiver must listen on the socket before the container is created',
    });
  }
}

/** A terminal that nobody sees is useless. runc opens /dev/tty then, and fails if that fails. */
function needOwnTerminal(): void {
  if ([0, 1, 2].some((fd) => sys().isTerminal({ fd }))) return;
  try {
    sys().close({ fd: sys().open({ path: '/dev/tty', flags: 0 }) });
  } catch (error) {
    throw fromSystem(error, {
      code: 'usage',
      phase: 'command',
      operation: 'open',
      path: '/dev/tty',
      hint: 'the process needs a terminal but tsrun has none: set /process/terminal to false, or pass --console-socket and --detach',
    });
  }
}

interface TerminalOptions {
  readonly consoleSocket?: string;
  readonly terminalSize?: SizeOfTerminal;
}

/** Whether we relay a terminal's output to a file or a pipe, where nobody wants carriage returns. */
export function plainLines({ terminal }: Process, { consoleSocket, terminalSize }: TerminalOptions): boolean {
  return terminal === true && consoleSocket === undefined && terminalSize === undefined && !sys().isTerminal({ fd: 1 });
}

/**
 * Receives the master from tsrun-init. Others may trace the sending process, so the descriptor is checked: /dev/ptmx is 5:2 (devices.txt of
 * the kernel). The caller owns it; -1 if an engine gets it.
 */
export function takeMaster(console: Console | null): Fd {
  if (console === null || console.taker < 0) return -1;
  const master = sys().receiveFd({ socket: console.taker });
  let proved = false;
  try {
    const status = sys().status({ path: '', follow: false, fd: master });
    proved = status?.kind === 'character' && status.major === 5 && status.minor === 2;
  } finally {
    if (!proved) sys().close({ fd: master });
  }
  if (proved) return master;
  throw new RuntimeError("take terminal: the received descriptor is not a terminal's master", {
    code: 'setup',
    phase: 'setup',
    operation: 'take terminal',
  });
}

/** The size of our own terminal, if one of the standard streams is a terminal. */
export function ownTerminalSize(): { readonly rows: number; readonly columns: number } | null {
  for (const fd of [0, 1, 2]) {
    if (sys().isTerminal({ fd })) return sys().terminalSize({ fd });
  }
  return null;
}
