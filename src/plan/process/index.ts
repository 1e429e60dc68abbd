import { RuntimeError } from '../../errors/runtime_error.js';
import type { HostFacts } from '../../host/facts.js';
import type { Process, Seccomp } from '../../spec/types.js';
import { capabilityOperations } from './capabilities.js';
import { firstOwnDescriptor } from '../context.js';
import { environmentOf, type Environment } from './environment.js';
import type { Operation } from '../../protocol/operations.js';
import { seccompOperation } from './seccomp.js';

/** What the end of every plan depends on, for the first process of a container and for those of exec. */
export interface ProcessRequest {
  readonly process: Process;
  readonly host: HostFacts;
  /** Whether the process is in a user namespace that is not tsrun's. */
  readonly userNamespace: boolean;
  readonly preserve: number;
  readonly listenFds: number;
  readonly seccomp: Seccomp | undefined;
  readonly seccompFilter: Uint8Array | null;
  /** setgroups(2) is denied, so the caller's groups stay. */
  readonly keepsGroups?: boolean;
}

/** As in runc and crun. The caller's umask may be a daemon's 0, which would make everything writable for everybody. */
const defaultUmask = 0o022;

/** The last operations, grouped by the waiting and the hooks between them. */
export interface ProcessOperations {
  /** As root: sets labels and the working directory, and finds the program. `create` reports errors in these, as runc's does. */
  readonly find: readonly Operation[];
  /** Changes from root to the user with its capabilities. */
  readonly privileges: readonly Operation[];
  /** The filter, if loading it needs no privileges: from here on it also applies to tsrun-init. */
  readonly filter: readonly Operation[];
  /** Nothing may follow. */
  readonly execute: readonly Operation[];
}

export function processOperations(request: ProcessRequest): ProcessOperations {
  const { process, preserve } = request;
  const args = process.args ?? [];
  const environment = environmentOf(process.env ?? [], request.listenFds);
  const seccomp = seccompOperation({ seccomp: request.seccomp, filter: request.seccompFilter });
  const locked = process.noNewPrivileges === true;
  return {
    find: [
      ...labelOperations(process, request.host),
      { op: 'workingDirectory', path: process.cwd },
      findExecutable(process, args, environment),
    ],
    privileges: privileges(request, locked ? [] : seccomp),
    // With no_new_privs, loading a filter needs no privileges (seccomp(2)). Loaded this late, it need not allow tsrun-init's own calls.
    filter: locked ? seccomp : [],
    execute: [{ op: 'execute', preserve: firstOwnDescriptor(preserve), args, environment: environment.entries }],
  };
}

function findExecutable({ user }: Process, args: readonly string[], { path, needsHome }: Environment): Operation {
  return { op: 'findExecutable', home: needsHome ? 1 : 0, uid: user.uid, name: args[0] ?? '', searchPath: path };
}

/**
 * The kernel determines the order: dropping the bounding set needs CAP_SETPCAP, and loading a filter without no_new_privs needs
 * CAP_SYS_ADMIN. Then the ids change, and finally the capabilities are reduced to the configured ones.
 */
function privileges({ process, host, userNamespace, keepsGroups }: ProcessRequest, seccomp: readonly Operation[]): readonly Operation[] {
  const { user } = process;
  const capabilities = capabilityOperations({ capabilities: process.capabilities, host, userNamespace });
  return [
    { op: 'standardStreams', uid: user.uid },
    capabilities.bounding,
    ...seccomp,
    {
      op: 'user',
      uid: user.uid,
      gid: user.gid,
      umask: user.umask ?? defaultUmask,
      setGroups: keepsGroups === true ? 0 : 1,
      groups: groupList(user.additionalGids ?? []),
    },
    capabilities.others,
    ...(process.noNewPrivileges === true ? [{ op: 'noNewPrivileges' } as const] : []),
  ];
}

/** The labels that the next execve applies (apparmor(7), selinux(8)). */
function labelOperations({ apparmorProfile = '', selinuxLabel = '' }: Process, host: HostFacts): readonly Operation[] {
  const operations: Operation[] = [];
  if (apparmorProfile !== '') {
    if (!host.apparmor) throw absent('apparmor', '/process/apparmorProfile');
    operations.push({ op: 'securityAttribute', attribute: 'apparmor/exec', value: `exec ${apparmorProfile}` });
  }
  if (selinuxLabel !== '') {
    if (!host.selinux) throw absent('selinux', '/process/selinuxLabel');
    operations.push({ op: 'securityAttribute', attribute: 'exec', value: selinuxLabel });
  }
  return operations;
}

function absent(module: string, pointer: string): RuntimeError {
  return new RuntimeError(`set "${pointer}": ${module} is not enabled on the host`, {
    code: 'unsupported',
    phase: 'plan',
    operation: 'label',
    path: pointer,
    hint: `remove the field from the configuration, or enable ${module} in the kernel`,
  });
}

/** gid_t[], little-endian. */
function groupList(gids: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(gids.length * 4);
  const view = new DataView(bytes.buffer);
  gids.forEach((gid, index) => {
    view.setUint32(index * 4, gid, true);
  });
  return bytes;
}
