import { fromSystem } from '../../errors/from_system.js';
import { RuntimeError } from '../../errors/runtime_error.js';
import { namespacePath } from '../../spec/namespaces.js';
import type { Spec } from '../../spec/types.js';
import { sys } from '../../sys/call.js';
import type { Fd } from '../../sys/contract.js';

/** Those that CRIU leaves alone and gets as descriptors, and the names that runc and crun give them in images. */
const external = { network: ['net', 'extRootNetNS'], pid: ['pid', 'extRootPidNS'] } as const;
const externalTypes = ['network', 'pid'] as const;
/** Those that CRIU joins by path. */
const joined = { ipc: 'ipc', uts: 'uts', user: 'user', time: 'time' } as const;
const joinedTypes = ['ipc', 'uts', 'user', 'time'] as const;

/** The namespaces that a container joined by path, as CRIU's option `external` names them. */
export function externalNamespaces(spec: Spec): readonly string[] {
  return externalTypes.flatMap((type) => {
    const path = namespacePath(spec, type);
    if (path === undefined) return [];
    const status = sys().status({ path, follow: true });
    if (status === null) throw cannotFind('checkpoint', path);
    const [name, key] = external[type];
    return [`${name}[${status.inode}]:${key}`];
  });
}

export interface NamespacesToRestore {
  /** Names for descriptors that CRIU gets. */
  readonly keys: readonly string[];
  readonly fds: readonly Fd[];
  readonly joined: readonly { readonly ns: string; readonly ns_file: string }[];
}

/** The namespaces that the container joins. `opened` gets the descriptors. */
export function namespacesToRestore(spec: Spec, opened: Fd[]): NamespacesToRestore {
  for (const type of ['mount', 'cgroup'] as const) {
    const path = namespacePath(spec, type);
    if (path !== undefined)
      throw new RuntimeError(`restore namespace "${path}": CRIU cannot join a ${type} namespace`, {
        code: 'unsupported',
        phase: 'restore',
        operation: 'namespace',
        path,
        hint: 'remove its path from /linux/namespaces',
      });
  }
  const keys: string[] = [];
  const fds: Fd[] = [];
  for (const type of externalTypes) {
    const path = namespacePath(spec, type);
    if (path === undefined) continue;
    try {
      fds.push(sys().open({ path, flags: 0 }));
    } catch (error) {
      throw fromSystem(error, { code: 'setup', phase: 'restore', operation: 'open namespace', path });
    }
    opened.push(fds[fds.length - 1] as Fd);
    keys.push(external[type][1]);
  }
  const paths = joinedTypes.flatMap((type) => {
    const path = namespacePath(spec, type);
    return path === undefined ? [] : [{ ns: joined[type], ns_file: path }];
  });
  return { keys, fds, joined: paths };
}

function cannotFind(phase: 'checkpoint', path: string): RuntimeError {
  return new RuntimeError(`${phase} namespace "${path}": no such file or directory (ENOENT)`, {
    code: 'setup',
    phase,
    operation: 'namespace',
    path,
    errno: 'ENOENT',
    hint: 'the container joined it by this path, and the file was removed since then',
  });
}
