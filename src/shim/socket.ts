import { fromSystem } from '../errors/from_system.js';
import { RuntimeError } from '../errors/runtime_error.js';
import { isSystemError, sys } from '../sys/call.js';
import type { Fd } from '../sys/contract.js';

/** Annotations whose value is the group of a container: all of a group have one server. */
const groupAnnotations = ['io.containerd.runc.v2.group', 'io.kubernetes.cri.sandbox-id'];

const configLimit = 10 << 20;

/** The group of the container whose bundle is the working directory: its own id if it is in none. */
export function groupOf(id: string): string {
  let text: string;
  try {
    text = sys().readText({ path: 'config.json', limit: configLimit });
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return id;
    throw error;
  }
  // Most containers are in no group, and then nothing needs to be parsed.
  if (!groupAnnotations.some((name) => text.includes(name))) return id;
  const config = JSON.parse(text) as { readonly annotations?: Readonly<Record<string, unknown>> } | null;
  for (const name of groupAnnotations) {
    const group = config?.annotations?.[name];
    if (typeof group === 'string' && group !== '') return group;
  }
  return id;
}

export interface SocketName {
  /** Of containerd's socket. */
  readonly address: string;
  readonly namespace: string;
  readonly group: string;
  /** Where sockets are; containerd 2.3 says so. */
  readonly directory: string;
}

export const socketDirectory = '/run/containerd/s';

/** The path of a group's socket, as containerd's own shims name it. */
export function socketPath({ address, namespace, group, directory }: SocketName): string {
  return `${directory}/${sys().digest({ text: `${address}/${namespace}/${group}` })}`;
}

/** A file in the bundle with the address of the server. */
export const addressFile = 'address';

const lockMs = 5_000;
const pauseMs = 1;

/**
 * Does the work while no other `start` or `delete` binds or removes a socket of the directory: a socket that nobody listens on yet looks like
 * that of a server that was killed. Who can write to the directory could take the name of a server, and containerd would talk to them.
 */
export async function whileLocked<T>(directory: string, work: () => T): Promise<T> {
  const fd = await lock(directory);
  try {
    return work();
  } finally {
    // Before a server is forked, which would keep the lock.
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

/** Removes the socket of the server that a bundle's container had, if that server was killed. */
export async function removeDeadSocket(bundle: string): Promise<void> {
  const path = addressOf(bundle);
  if (path === null || sys().status({ path, follow: false })?.kind !== 'socket') return;
  await whileLocked(path.slice(0, path.lastIndexOf('/')), () => {
    if (!sys().isListening({ path })) sys().unlink({ path });
  });
}

function addressOf(bundle: string): string | null {
  const path = `${bundle}/${addressFile}`;
  // `start` has failed before it wrote the file, or containerd has removed the bundle.
  if (!sys().access({ path, mode: 0 })) return null;
  return /^unix:\/\/(\/.*\/[0-9a-f]{64})$/.exec(sys().readText({ path, limit: 4096 }))?.[1] ?? null;
}
