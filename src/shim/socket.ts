import { isSystemError, sys } from '../sys/call.js';

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
