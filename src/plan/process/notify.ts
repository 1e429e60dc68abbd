import { hasNamespace } from '../../spec/namespaces.js';
import type { CreateInput } from '../types.js';

/** Where containers find the socket of their supervisor: the same place as with runc. */
const directory = '/run/notify';
const socket = `${directory}/notify.sock`;

/** The configuration with the notify socket (sd_notify(3)) in it: a mount of its directory, and its name in the environment. */
export function withNotifySocket(input: CreateInput): CreateInput {
  const { notifyDirectory, spec } = input;
  if (notifyDirectory === undefined) return input;
  // Without a mount namespace there is no place for it.
  if (!hasNamespace(spec, 'mount')) return input;
  const mount = { destination: directory, type: 'bind', source: notifyDirectory, options: ['bind', 'nosuid', 'noexec', 'nodev', 'ro'] };
  return {
    ...input,
    spec: {
      ...spec,
      process: { ...spec.process, env: [...(spec.process.env ?? []), `NOTIFY_SOCKET=${socket}`] },
      mounts: [...(spec.mounts ?? []), mount],
    },
  };
}
