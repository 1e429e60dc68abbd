import type { Sys, SystemError } from '../../../../src/sys/contract.js';
import { systemError } from '../../fake_sys.js';

/**
 * Functions that cannot fail: they do not call the kernel, or always do their work, as close(2) of an open descriptor does (close(2),
 * "Dealing with error returns from close()").
 */
const sure: ReadonlySet<string> = new Set<keyof Sys>([
  'close',
  'ids',
  'capabilities',
  'encodeText',
  'uname',
  'environment',
  'variable',
  'workingDirectory',
  'clock',
  'versions',
  'digest',
  'isTerminal',
  'deferSignals',
  'deferredSignal',
  'holdSignals',
  'becomeSubreaper',
  'giveAway',
  'isInherited',
]);

/** The system call that a function names in its errors. */
const calls: Readonly<Record<string, string>> = { spawn: 'clone3', spawnHere: 'clone3', open: 'openat2', whenReadable: 'poll' };

export interface Fault {
  /** The calls that fail, counted from 1. */
  readonly at: readonly number[];
  readonly errno: string;
  /** That of the second, if it is another one. */
  readonly then?: string;
}

/** The calls that were made, and the failures that were injected. */
export interface Faulty {
  readonly sys: Sys;
  readonly calls: string[];
  readonly thrown: SystemError[];
}

/** Counts the calls that can fail, and makes some of them fail before they have done anything. */
export function faulty(sys: Sys, { at, errno: first, then = first }: Fault): Faulty {
  const made: string[] = [];
  const thrown: SystemError[] = [];
  const wrapped = new Proxy(sys, {
    get(target, name: string) {
      const call = target[name as keyof Sys] as unknown as (argument: unknown) => unknown;
      if (sure.has(name)) return call;
      return (argument: { readonly path?: string; readonly sockets?: readonly number[] } = {}): unknown => {
        made.push(`${name} ${argument.path ?? ''}`.trim());
        if (!at.includes(made.length)) return call(argument);
        const errno = made.length === at[0] ? first : then;
        // Our copy of its socket is always closed.
        if (argument.sockets !== undefined) sys.close({ fd: argument.sockets[1] as number });
        const subject = errno === 'EINTR' ? '15' : (argument.path ?? `call ${made.length}`);
        const error = systemError(errno, calls[name] ?? name, subject);
        thrown.push(error);
        throw error;
      };
    },
  });
  return { sys: wrapped, calls: made, thrown };
}

/** The errors of a call that say nothing about its arguments, but that the machine lacks something. */
export function errnosOf(call: string): readonly string[] {
  const name = call.split(' ')[0] as string;
  if (name === 'whenReadable') return ['EINTR', 'ENOMEM'];
  if (
    ['open', 'pipe', 'watchFile', 'socketPair', 'memoryFile', 'openProcess', 'connectUnix', 'listenUnix', 'spawn', 'spawnHere'].includes(
      name,
    )
  )
    return ['EMFILE', 'ENOMEM'];
  return ['EIO'];
}
