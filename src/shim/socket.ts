import { fromSystem } from '../errors/from_system.js';
import { RuntimeError } from '../errors/runtime_error.js';
import { readRegularFile } from '../host/regular_file.js';
import { isSystemError, sys } from '../sys/call.js';
import { byteLength, longestSocketPath } from '../state/socket_path.js';
import type { Fd } from '../sys/contract.js';

/** Annotations whose value is the group of a container. All containers of a group share one server. */
const groupAnnotations = ['io.containerd.runc.v2.group', 'io.kubernetes.cri.sandbox-id'];

/** One of their characters as an escape of JSON: containerd writes only `<`, `>` and `&` so. */
const escaped = /\\u00(?:2[de]|3\d|[67][\da-f])/i;

const configFile = 'config.json';
const configLimit = 10 << 20;

/** Returns the group of the container whose bundle is the working directory; its own id if it has no group. */
export function groupOf(id: string): string {
  let text: string;
  try {
    text = readRegularFile({ path: configFile, limit: configLimit });
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return id;
    throw fromSystem(error, { code: 'bundle', phase: 'load', operation: 'read', path: configFile });
  }
  // Most containers have no group; then nothing needs to be parsed.
  if (!groupAnnotations.some((name) => text.includes(name)) && !escaped.test(text)) return id;
  const config = parse(text);
  for (const name of groupAnnotations) {
    const group = config?.annotations?.[name];
    if (typeof group === 'string' && group !== '') return group;
  }
  return id;
}

function parse(text: string): { readonly annotations?: Readonly<Record<string, unknown>> } | null {
  try {
    return JSON.parse(text) as ReturnType<typeof parse>;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const details = { code: 'bundle', phase: 'load', operation: 'parse', path: configFile, cause: error } as const;
    throw new RuntimeError(`parse "${configFile}": ${reason}`, details);
  }
}

export interface SocketName {
  /** Of containerd's socket. */
  readonly address: string;
  readonly namespace: string;
  readonly group: string;
  /** The directory for sockets, which containerd 2.3 passes. */
  readonly directory: string;
}

export const socketDirectory = '/run/containerd/s';

/** The path of a group's socket, as containerd's own shims name it. */
export function socketPath({ address, namespace, group, directory }: SocketName): string {
  return `${directory}/${sys().digest({ text: `${address}/${namespace}/${group}` })}`;
}

/** Refuses a path to which containerd could not connect. */
export function checkLength(path: string): void {
  const directory = path.slice(0, path.lastIndexOf('/'));
  const over = byteLength(path) - longestSocketPath;
  if (over <= 0) return;
  const longest = byteLength(directory) - over;
  const reason = `the path of a socket has at most ${longestSocketPath} bytes, so the directory of sockets at most ${longest}`;
  throw new RuntimeError(`listen "${path}": ${reason}`, { code: 'usage', phase: 'command', operation: 'listen', path });
}

/** A file in the bundle with the address of the server. */
export const addressFile = 'address';

const lockMs = 5_000;
const pauseMs = 1;

/**
 * Calls `work` while no other `start` or `delete` binds or removes a socket in the directory: a socket without a listener looks like
 * that of a killed server. Anybody who can write to the directory could take a server's name, and containerd would talk to them.
 */
export async function whileLocked<T>(directory: string, work: () => T): Promise<T> {
  const fd = await lock(directory);
  try {
    return work();
  } finally {
    // Before a server is started, which may be waited for.
    sys().close({ fd });
  }
}

async function lock(path: string): Promise<Fd> {
  for (let waited = 0; waited < lockMs; waited += pauseMs) {
    let fd: Fd;
    try {
      fd = sys().lockDirectory({ path });
    } catch (error) {
      const hint = 'it must belong to the user of containerd, and nobody else may write to it';
      throw fromSystem(error, { code: 'permission', phase: 'command', operation: 'use directory of sockets', path, hint });
    }
    if (fd >= 0) return fd;
    await sys().whenReadable({ fds: [], timeout: pauseMs });
  }
  throw new RuntimeError(`lock directory of sockets "${path}": another shim holds it`, {
    code: 'timeout',
    phase: 'command',
    operation: 'lock directory of sockets',
    path,
  });
}

/** Whether a server listens at a socket. */
export function isServed(path: string): boolean {
  try {
    return sys().isListening({ path });
  } catch (error) {
    throw fromSystem(error, { code: 'setup', phase: 'command', operation: 'find server', path });
  }
}

/** Removes the socket of the server that a bundle's container had, if that server was killed. */
export async function removeDeadSocket(bundle: string): Promise<void> {
  const path = addressOf(bundle);
  if (path === null || sys().status({ path, follow: false })?.kind !== 'socket') return;
  await whileLocked(path.slice(0, path.lastIndexOf('/')), () => {
    if (!isServed(path)) removeSocket(path);
  });
}

function addressOf(bundle: string): string | null {
  const path = `${bundle}/${addressFile}`;
  // `start` has failed before it wrote the file, or containerd has removed the bundle.
  if (!sys().access({ path, mode: 0 })) return null;
  return /^unix:\/\/(\/.*\/[0-9a-f]{64})$/.exec(readRegularFile({ path, limit: 4096 }))?.[1] ?? null;
}

/** A server that ends removes its own socket, at any time. */
export function removeSocket(path: string): void {
  try {
    sys().unlink({ path });
  } catch (error) {
    if (!isSystemError(error, 'ENOENT')) throw error;
  }
}
