import { planCgroup, type PlannedCgroup } from '../../cgroup/plan.js';
import { RuntimeError } from '../../errors/runtime_error.js';
import { MountTable } from '../../host/mount_table.js';
import type { Spawned } from '../../sys/contract.js';
import { beginningOf, commonBeginning, type Ahead } from './prefix.js';
import type { CreateInput } from '../../plan/types.js';
import { hasNamespace, namespacePath } from '../../spec/namespaces.js';
import { spawnJanitor, type Janitor } from './reaper.js';
import type { Memory } from '../cache/index.js';
import type { CreateOptions } from '../options.js';
import { prepare } from '../create/prepare.js';
import { makeSandbox, type Sandbox } from './slot.js';

/** What the containers will be like for which sandboxes are made: null for any. */
export type Template = Pick<CreateOptions, 'bundle' | 'configFile' | 'overlay' | 'allowAnnotations' | 'noPivot' | 'noNewKeyring'> | null;

export interface Prewarm {
  /** The state root. */
  readonly root: string;
  /** Unique among the pools of this machine; a file name. */
  readonly name: string;
  readonly template: Template;
  /** That of the program's creations, so that it sees at once that they begin alike. */
  readonly memory: Memory;
}

/** Makes sandboxes of one kind. */
export interface SandboxMaker {
  make(): Promise<Sandbox>;
  /** Whether its bundle asks for another beginning by now; throws where it cannot be read. */
  isOutdated(sandbox: Sandbox): boolean;
  /** Whether a container is of the bundle that the sandboxes are for. */
  isFor(input: CreateInput): boolean;
  /** Closes what the making needs. */
  close(): void;
  /** Removes what is left when we have ended; null where the host has no cgroup hierarchy, so that nothing can be left. */
  readonly janitor: Spawned | null;
}

/** In no container id, so that a pool's cgroup never is a container's. */
const prefix = '@warm-';

/** The rules that nearly every container has: no devices but the default ones. */
const commonDevices = [{ allow: false, access: 'rwm' }] as const;

/**
 * Gets ready to make sandboxes: reads the template, and starts the janitor of the cgroup in which they are going to be.
 * @throws RuntimeError where no container of the template could ever come from a sandbox
 */
export async function openSandboxes({ root, name, template, memory }: Prewarm): Promise<SandboxMaker> {
  const host = memory.readHost();
  const read = (): CreateInput | null => (template === null ? null : templateInput(root, template, memory));
  const bundle = read()?.bundle;
  const directory = `/tsrun/${prefix}${name}`;
  const place = host.cgroupMount === null ? null : planCgroup({ host, path: `${directory}/0` });
  const table = new MountTable();
  let janitor: Spawned | null;
  try {
    janitor = place === null ? null : await spawnJanitor(janitorOf(place));
  } catch (error) {
    table.close();
    throw error;
  }
  let count = 0;
  const make = (): Promise<Sandbox> => {
    // Read again each time: the bundle may have changed.
    const input = read();
    const cgroupPath = place === null ? null : `${directory}/${++count}`;
    const cgroup = place === null ? null : { ...place, directory: `${place.mount}${cgroupPath ?? ''}` };
    const devices = input === null ? commonDevices : input.spec.linux?.resources?.devices;
    return makeSandbox({ cgroupPath, cgroup, ahead: aheadFor(input, cgroupPath, memory), devices, programs: memory.programs, table });
  };
  return {
    make,
    isFor: (input) => input.bundle === bundle,
    isOutdated: (sandbox) => aheadFor(read(), sandbox.cgroupPath, memory).key !== sandbox.ahead.key,
    close: () => table.close(),
    janitor,
  };
}

function templateInput(root: string, template: NonNullable<Template>, memory: Memory): CreateInput {
  const { input } = prepare({ ...template, root, memory, id: 'template', waitsOnListener: true });
  const { cgroupsPath } = input.spec.linux ?? {};
  if ((cgroupsPath ?? '') !== '') throw unfit('a cgroup is named', '/linux/cgroupsPath');
  if (hasNamespace(input.spec, 'user')) throw unfit('a user namespace is asked for', '/linux/namespaces');
  if (namespacePath(input.spec, 'pid') !== undefined) throw unfit('a pid namespace is joined', '/linux/namespaces');
  if (input.preserve > 0) throw unfit('LISTEN_FDS in the environment hands descriptors to every container', 'LISTEN_FDS');
  return input;
}

function unfit(reason: string, path: string): RuntimeError {
  return new RuntimeError(`prewarm: no container of this bundle could come from a sandbox: ${reason}`, { code: 'unsupported', phase: 'plan', path });
}

/** The cgroup is in some plans: where it is bound into the container. */
function aheadFor(input: CreateInput | null, cgroupPath: string | null, { plans }: Memory): Ahead {
  return input === null ? commonBeginning : beginningOf(plans.build({ ...input, cgroupPath }));
}

/** The last of the directories that are missing is the pool's own. */
function janitorOf({ mount, parents }: PlannedCgroup): Janitor {
  return { mount, directory: parents[parents.length - 1] as string, parents: parents.slice(0, -1) };
}
