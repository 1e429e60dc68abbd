import { RuntimeError } from '../errors/runtime_error.js';
import { isContainerId } from '../state/id.js';

/** What containerd passes: flags of Go, with one dash, and a word. */
export interface ShimFlags {
  readonly namespace: string;
  readonly id: string;
  /** Of containerd's socket. */
  readonly address: string;
  readonly bundle: string;
  /** Of the server's socket, which it inherits. */
  readonly socket: string;
  /** Where the server sends events. Not a flag of containerd: `start` passes it. */
  readonly ttrpcAddress: string;
  readonly debug: boolean;
  readonly version: boolean;
  readonly info: boolean;
  /** `start`, `delete`, or empty for the server. */
  readonly action: string;
}

const switches = ['debug', 'v', 'info'];
const values = ['namespace', 'id', 'address', 'bundle', 'publish-binary', 'socket', 'ttrpc-address', 'log-level'];

/** Go's flag package: `-name value`, `-name=value`, one dash or two; the first other word ends the flags. */
export function parseFlags(args: readonly string[]): ShimFlags {
  const given = new Map<string, string>();
  let index = 0;
  for (; index < args.length; index++) {
    const match = /^--?([^-=][^=]*)(?:=([\s\S]*))?$/.exec(args[index] ?? '');
    if (match === null) break;
    const [, name = '', value] = match;
    if (switches.includes(name)) given.set(name, value ?? 'true');
    else if (values.includes(name)) given.set(name, value ?? args[++index] ?? '');
    else throw usage(`flag provided but not defined: -${name}`);
  }
  const text = (name: string): string => given.get(name) ?? '';
  return {
    namespace: text('namespace'),
    id: text('id'),
    address: text('address'),
    bundle: text('bundle'),
    socket: text('socket'),
    ttrpcAddress: text('ttrpc-address'),
    debug: isTrue(text('debug')),
    version: isTrue(text('v')),
    info: isTrue(text('info')),
    action: args[index] ?? '',
  };
}

/** Both become parts of paths. containerd has checked them, but other callers of this program have not. */
export function checkFlags({ id, namespace }: { readonly id: string; readonly namespace: string }): void {
  for (const [name, value] of Object.entries({ id, namespace })) {
    if (value === '') throw usage(`shim ${name} cannot be empty`);
    if (!isContainerId(value)) throw usage(`shim ${name} "${value}" has characters that no ${name} has`);
  }
}

function isTrue(word: string): boolean {
  return ['1', 't', 'T', 'true', 'TRUE', 'True'].includes(word);
}

function usage(message: string): RuntimeError {
  return new RuntimeError(message, { code: 'usage', phase: 'command', hint: 'containerd starts this program' });
}
