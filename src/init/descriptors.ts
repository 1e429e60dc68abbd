import { RuntimeError } from '../errors/runtime_error.js';
import { fromSystem } from '../errors/from_system.js';
import { throughDescriptor } from '../errors/through_descriptor.js';
import { sys } from '../sys/call.js';
import type { Fd } from '../sys/contract.js';
import type { ContainerPlan, Descriptor } from '../plan/types.js';
import { notifyName, openNotifyDirectory } from '../state/notify_directory.js';
import { socketFile, withSocketPath } from '../state/socket_path.js';
import { containerDirectory, type Store, type StoreReference } from '../state/paths.js';

const O_NONBLOCK = 0o4000;
/** NSFS_MAGIC of linux/magic.h: the file system that a namespace file must be on. */
const nsfsMagic = 0x6e736673;

/** What is needed, besides the plan itself, to open the descriptors of a plan. */
export interface DescriptorSources {
  readonly container: StoreReference | Store;
  /** Where the terminal's master goes; -1 if the plan has no terminal. */
  readonly console: Fd;
  /** The pidfd of the container to enter; -1 if a new one is created. */
  readonly process: Fd;
}

/**
 * Opens the descriptors that the plan passes to tsrun-init, in the plan's order. `opened` has everything that was opened, even if this
 * throws, so that the caller closes it on every way out. The caller owns the console and the process.
 */
export function openDescriptors(plan: ContainerPlan, sources: DescriptorSources, opened: Fd[]): Fd[] {
  return plan.descriptors.map((descriptor) => {
    if (descriptor.kind === 'console') return sources.console;
    if (descriptor.kind === 'process') return sources.process;
    const fd = openDescriptor(descriptor, sources);
    opened.push(fd);
    return fd;
  });
}

/** Opens a namespace file and checks that it is one, because an image may name any path. */
export function openNamespace(path: string, type?: string): Fd {
  let fd: Fd;
  try {
    // The path may lead to a FIFO instead.
    fd = sys().open({ path, flags: O_NONBLOCK });
  } catch (error) {
    throw fromSystem(error, {
      code: 'setup',
      phase: 'setup',
      operation: 'open namespace',
      path,
      hint: 'the namespace must exist before the container is created',
    });
  }
  let proved = false;
  try {
    proveNamespace(fd, path, type);
    proved = true;
  } finally {
    if (!proved) sys().close({ fd });
  }
  return fd;
}

function proveNamespace(fd: Fd, path: string, type: string | undefined): void {
  if (throughDescriptor({ fd, name: path }, (opened) => sys().filesystemType({ path: opened })) !== nsfsMagic) {
    throw new RuntimeError(`open namespace "${path}": not a namespace file`, {
      code: 'invalid-config',
      phase: 'setup',
      operation: 'open namespace',
      path,
    });
  }
  if (type === 'mount' && isOwnMountNamespace(fd, path)) {
    throw new RuntimeError(
      `join mount namespace "${path}": it is tsrun's own mount namespace, and pivot_root would change the root of every process in it`,
      {
        code: 'invalid-config',
        phase: 'setup',
        operation: 'open namespace',
        path,
        hint: 'remove the path to create a new mount namespace, or name that of another container',
      },
    );
  }
}

/** pivot_root(2) changes the root of every process in the namespace, here of the whole host. */
function isOwnMountNamespace(fd: Fd, name: string): boolean {
  const named = throughDescriptor({ fd, name }, (path) => sys().status({ path, follow: true }));
  const own = sys().status({ path: '/proc/self/ns/mnt', follow: true });
  return named !== null && own !== null && named.inode === own.inode && named.device === own.device;
}

function openDescriptor(descriptor: Exclude<Descriptor, { kind: 'console' | 'process' }>, sources: DescriptorSources): Fd {
  switch (descriptor.kind) {
    case 'namespace':
      return openNamespace(descriptor.path, descriptor.type);
    case 'listener':
      return inDirectory(sources.container, socketFile, () =>
        withSocketPath(sources.container, socketFile, (path) => sys().listenUnix({ path, backlog: 4 })),
      );
    case 'notifyDirectory':
      return inDirectory(sources.container, notifyName, () => openNotifyDirectory(sources.container));
  }
}

/** Names the file by its path: the calls go by the descriptor of the container's directory, whose number says nothing to the reader. */
function inDirectory(container: StoreReference, name: string, open: () => Fd): Fd {
  try {
    return open();
  } catch (error) {
    throw fromSystem(error, { code: 'setup', phase: 'setup', path: `${containerDirectory(container)}/${name}` });
  }
}
