import { RuntimeError } from '../../../errors/runtime_error.js';
import type { Fd } from '../../../sys/contract.js';
import { sys } from '../../../sys/call.js';
import { checked } from '../../arguments/checked.js';
import type { LogsRequest } from '../../logs/request.js';
import type { Stdio } from '../../stdio.js';
import { terminalSizeShape, type TerminalSize } from './size.js';
import { Terminal } from './terminal.js';

export interface StreamsRequest {
  readonly stdio?: Stdio;
  readonly terminal?: TerminalSize;
  readonly consoleSocket?: string;
  readonly logs?: LogsRequest;
}

export interface RequestedStreams {
  readonly stdio: Stdio;
  /** Empty without a terminal of ours. */
  readonly ofTerminal: { readonly terminalSize?: TerminalSize };
}

/**
 * What a request says about the standard streams.
 * @throws RuntimeError `usage` if it asks for a terminal and for something else in its place
 */
export function requestedStreams(method: string, { stdio, terminal, consoleSocket, logs }: StreamsRequest): RequestedStreams {
  const console = terminal !== undefined ? 'terminal' : 'consoleSocket';
  const isConsole = terminal !== undefined || consoleSocket !== undefined;
  const other =
    logs !== undefined && isConsole
      ? 'logs'
      : terminal === undefined
        ? null
        : stdio !== undefined
          ? 'stdio'
          : consoleSocket !== undefined
            ? 'consoleSocket'
            : null;
  if (other !== null) {
    throw new RuntimeError(`${method}: "${console}" and "${other}" cannot be given together`, {
      code: 'usage',
      phase: 'command',
      operation: method,
      path: other,
      hint: 'with a terminal, the standard streams are the terminal',
    });
  }
  if (terminal === undefined) return { stdio: stdio ?? (logs === undefined ? 'inherit' : ['ignore', 'log', 'log']), ofTerminal: {} };
  return { stdio: 'ignore', ofTerminal: { terminalSize: checked({ method, value: terminal, shape: terminalSizeShape }) } };
}

/** Our side of a new terminal; null if there is none. Takes over the master, also if it fails. */
export function openTerminal(master: Fd, size: TerminalSize | undefined): Terminal | null {
  if (master < 0 || size === undefined) return null;
  try {
    return new Terminal({ fd: master, size });
  } catch (error) {
    sys().close({ fd: master });
    throw error;
  }
}
