import { createContext, type CommonInput, type PlanContext } from './context.js';
import { deviceOperations } from './mounts/devices.js';
import { createContainerHooks, hostHooks, startContainerHooks } from './process/hooks.js';
import { idMapLines } from './namespaces/idmaps.js';
import { keyringOperations } from './process/keyring.js';
import { planLimits } from './process/limits.js';
import { maskOperations } from './mounts/masks.js';
import { finishMounts, mountOperations } from './mounts/index.js';
import { beginsWithOwnMounts } from './mounts/own_mounts.js';
import { enterNamespaces, furnishNamespaces } from './namespaces/index.js';
import { withNotifySocket } from './process/notify.js';
import type { Operation } from '../protocol/operations.js';
import { processOperations, type ProcessOperations } from './process/index.js';
import { prepareRoot, sealRoot, switchRoot } from './mounts/rootfs.js';
import { anyProcessor, memoryPolicyOperations, personalityOperations, schedulingOperations } from './process/scheduling.js';
import { namespaceFlags } from '../spec/names/namespaces.js';
import { sysctlOperations } from './namespaces/sysctl.js';
import { terminalOperations } from './process/terminal.js';
import type { ContainerPlan, CreateInput } from './types.js';
import { earlyWorkingDirectory } from './process/working_directory.js';

/**
 * Builds the plan of a new container; reads like a table of contents of its creation.
 * @throws RuntimeError if the configuration is valid but cannot be carried out on this host.
 */
export function buildCreatePlan(request: CreateInput): ContainerPlan {
  const input = withNotifySocket(request);
  return planOf(input, commonParts(input));
}

/** Builds the plan of one container from the parts that it shares with others. */
export function planOf(input: CreateInput, common: CommonParts): ContainerPlan {
  const { furnished, rooted, settled, privileges, filter, execute, ...host } = common;
  return {
    ...host,
    operations: [
      ...furnished,
      ...hostHooks(input),
      ...createContainerHooks(input),
      ...rooted,
      ...keyringOperations({ id: input.id, noNewKeyring: input.noNewKeyring, label: input.spec.process.selinuxLabel }),
      ...settled,
      ...privileges,
      // The filter applies to the image's programs, whether hooks or the configuration start them (as in runc).
      ...filter,
      ...startContainerHooks(input),
      ...execute,
    ],
  };
}

/** The parts of a plan that do not contain a container's id. */
export interface CommonParts extends Omit<ContainerPlan, 'operations'>, Pick<ProcessOperations, 'privileges' | 'filter' | 'execute'> {
  /** Namespaces, and a root file system with mounts and devices in it. */
  readonly furnished: readonly Operation[];
  /** From the change of the root on. */
  readonly rooted: readonly Operation[];
  /** Up to the point where the container is created. */
  readonly settled: readonly Operation[];
}

export function commonParts(input: CommonInput): CommonParts {
  const context = createContext(input);
  const { namespaces, descriptors } = context;
  const { spec } = input;
  const { process } = spec;
  const finished = finishMounts(context);
  const limits = planLimits({ process, namespaces });
  const program = processOperations({
    process,
    host: input.host,
    userNamespace: namespaces.user !== 'host',
    preserve: input.preserve,
    listenFds: input.listenFds,
    seccomp: spec.linux?.seccomp,
    seccompFilter: input.seccompFilter,
  });
  const entered = [...limits.early, ...enterNamespaces(context), ...furnishNamespaces(context), ...personalityOperations(spec)];
  const mounted = [...prepareRoot(context), ...mountOperations(context), ...deviceOperations(context)];
  const ownMounts = beginsWithOwnMounts(context, mounted);
  return {
    furnished: [...entered, ...(ownMounts ? [{ op: 'ownMounts', path: input.rootfs } as const] : []), ...mounted],
    rooted: [
      ...switchRoot(context),

      ...terminalOperations({
        process,
        descriptors,
        console: namespaces.own.has('mount'),
        plainLines: input.plainLines === true,
        controlling: true,
      }),
      ...sysctlOperations(context),
      ...earlyWorkingDirectory(context, finished),
      ...finished,
      ...maskOperations(context),
      ...sealRoot(context),
    ],
    settled: [
      anyProcessor,
      ...schedulingOperations(process),
      ...memoryPolicyOperations(spec),
      ...limits.late,
      ...program.find,
      ready(context),
    ],
    privileges: program.privileges,
    filter: program.filter,
    execute: program.execute,
    cloneFlags: ownMounts ? namespaces.birth & ~namespaceFlags.mount : namespaces.birth,
    descriptors: descriptors.list,
    idMaps: namespaces.user === 'made' ? idMaps(context) : null,
    mountIdmaps: context.mountIdmaps,
    ...limits.host,
  };
}

/** The container is created; the rest waits for `start`, or for a message from tsrun. */
function ready({ input, descriptors }: PlanContext): Operation {
  return { op: 'ready', listener: input.waitsOnListener ? descriptors.add({ kind: 'listener' }) : -1 };
}

function idMaps({ input }: PlanContext): ContainerPlan['idMaps'] {
  const { uidMappings = [], gidMappings = [] } = input.spec.linux ?? {};
  return { uidMap: idMapLines(uidMappings), gidMap: idMapLines(gidMappings) };
}
