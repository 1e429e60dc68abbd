import { cleanUp } from '../errors/clean_up.js';
import { fromSystem } from '../errors/from_system.js';
import { RuntimeError } from '../errors/runtime_error.js';
import { explainUserNamespace } from '../host/user_namespaces.js';
import type { Child } from '../init/child.js';
import { follow } from '../init/handshake.js';
import { spawn } from '../init/spawn.js';
import { openNull } from '../init/streams.js';
import { syncPoint, type Operation } from '../protocol/operations.js';
import { namespaceFlags } from '../spec/names/namespaces.js';
import { sys, isSystemError } from '../sys/call.js';
import type { Fd } from '../sys/contract.js';

/** What a tsrun-init tries, in new namespaces that end with it, so that the host does not change. */
export interface Trial {
  /** CLONE_NEW* flags. */
  readonly cloneFlags: number;
  readonly operations: readonly Operation[];
  /** Called after its operations, while it still runs. */
  readonly then?: (child: Child) => void;
}

/** Clones a tsrun-init that carries out the operations, and ends it. Returns the failure, or null. */
export async function attempt({ cloneFlags, operations, then }: Trial): Promise<RuntimeError | null> {
  const opened: Fd[] = [];
  const inUser = (cloneFlags & namespaceFlags.user) !== 0;
  const all: readonly Operation[] = [...(inUser ? enterUserNamespace() : []), ...operations, { op: 'ready', listener: -1 }];
  let child: Child | undefined;
  try {
    const nothing = openNull(opened);
    child = await spawn({ cloneFlags, cgroup: -1, fds: [], stdio: [nothing, nothing, nothing], preserve: 0, here: false }, all);
    await followToReady(child, all);
    then?.(child);
    await child.killAndReap();
    return null;
  } catch (error) {
    const ended = child;
    const failure = ended === undefined ? error : await cleanUp(error, [() => ended.killAndReap()]);
    if (!(failure instanceof RuntimeError) && !isSystemError(failure)) throw failure;
    const explained = fromSystem(failure, { code: 'setup', phase: 'setup' });
    return inUser ? (explainUserNamespace(explained) as RuntimeError) : explained;
  } finally {
    for (const fd of opened) sys().close({ fd });
  }
}

function enterUserNamespace(): readonly Operation[] {
  return [{ op: 'sync', point: sys().ids().euid === 0 ? syncPoint.idMaps : syncPoint.idMapsOfUser }, { op: 'becomeRoot' }];
}

async function followToReady(child: Child, operations: readonly Operation[]): Promise<void> {
  const onSync = (): void => {
    mapSelf(child.pid);
  };
  const end = await follow({ socket: child.socket, operations, phase: 'setup', process: () => child.pidfd, onSync });
  if (end === 'ready') return;
  throw new RuntimeError('set up container: tsrun-init ended without a message', {
    code: 'setup',
    phase: 'setup',
    operation: 'tsrun-init',
    hint: 'a seccomp filter or a limit around tsrun may have killed it: see the kernel log',
  });
}

/** Maps us to root in the new user namespace. An unprivileged user must give up setgroups(2) for that (user_namespaces(7)). */
function mapSelf(pid: number): void {
  const { euid, egid } = sys().ids();
  const write = (name: string, text: string): void => {
    const path = `/proc/${pid}/${name}`;
    try {
      sys().writeFile({ path, text, flags: 0 });
    } catch (error) {
      const hint =
        'run tsrun as root, or as root of a user namespace that another program made (podman unshare, unshare --user --map-root-user)';
      throw fromSystem(error, { code: 'setup', phase: 'setup', operation: 'write', path: name, hint });
    }
  };
  write('setgroups', 'deny');
  write('uid_map', `0 ${euid} 1\n`);
  write('gid_map', `0 ${egid} 1\n`);
}
