import { fromSystem } from '../../errors/from_system.js';
import { RuntimeError } from '../../errors/runtime_error.js';
import { sys } from '../../sys/call.js';
import { initialUserNamespace } from '../../sys/initial_user_namespace.js';

/**
 * Where containers are if nobody says otherwise. Like runc, except for the last directory: a user who is not root, or root only in a user
 * namespace, has them in XDG_RUNTIME_DIR. Podman sets it to an empty string.
 */
export function defaultRoot(): string {
  const { euid } = sys().ids();
  const directory = sys().variable({ name: 'XDG_RUNTIME_DIR' }) ?? '';
  if (directory === '' || !belongsToCaller(euid)) return '/run/tsrun';
  requireOwn(directory, euid, 'must exist');
  const root = `${directory}/tsrun`;
  // Others may have put it there when the directory was still writable to them.
  requireOwn(root, euid, 'may be missing');
  return root;
}

/** USER is root in a container with mapped ids, too, which has a /run of its own. */
function belongsToCaller(euid: number): boolean {
  return (
    euid !== 0 || (sys().variable({ name: 'USER' }) !== 'root' && sys().readLink({ path: '/proc/self/ns/user' }) !== initialUserNamespace)
  );
}

/**
 * Records contain configs with secrets, and a socket next to them starts the container. `su` keeps the variable, so it may name the
 * directory of another user, who could replace them.
 */
function requireOwn(path: string, euid: number, existence: 'must exist' | 'may be missing'): void {
  const operation = 'use XDG_RUNTIME_DIR';
  const hint = 'set it to a directory of your own with mode 0700, or choose another with --root (in a program: root of Runtime)';
  const refused = (reason: string): RuntimeError =>
    new RuntimeError(`${operation} "${path}": ${reason}`, { code: 'permission', phase: 'state', operation, path, hint });
  if (!path.startsWith('/')) throw refused('not an absolute path');
  let status;
  try {
    // Without a slash at the end, which would follow a symbolic link.
    status = sys().status({ path: path.replace(/\/+$/, '') || '/', follow: false });
  } catch (error) {
    throw fromSystem(error, { code: 'permission', phase: 'state', operation, path, hint });
  }
  if (status === null) {
    if (existence === 'may be missing') return;
    throw refused('no such directory');
  }
  if (status.kind !== 'directory') throw refused('not a directory');
  if (status.uid !== euid) throw refused(`belongs to user ${String(status.uid)}, not to user ${String(euid)}`);
  if ((status.mode & 0o022) !== 0) throw refused('other users can write to it');
}
