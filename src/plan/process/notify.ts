import { hasNamespace } from '../../spec/namespaces.js';
import type { CreateInput } from '../types.js';

/** Where containers find the socket of their supervisor, as in runc. */
const directory = '/run/notify';
const socket = `${directory}/notify.sock`;

/** Adds the notify socket (sd_notify(3)) to the configuration: a mount of its directory, and the environment variable with its path. */
export function withNotifySocket(input: CreateInput): CreateInput {
  const { notifyDirectory, spec } = input;
  if (notifyDirectory === undefined) return input;
  // Without a mount namespace it cannot be mounted.
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
