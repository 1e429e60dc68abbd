import { createContext, type PlanContext } from './context.js';
import { deviceOperations } from './devices.js';
import { createContainerHooks, hostHooks, startContainerHooks } from './hooks.js';
import { idMapLines } from './idmaps.js';
import { keyringOperations } from './keyring.js';
import { planLimits } from './limits.js';
import { maskOperations } from './masks.js';
import { finishMounts, mountOperations } from './mounts.js';
import { enterNamespaces, furnishNamespaces } from './namespaces.js';
import { withNotifySocket } from './notify.js';
import type { Operation } from './operations.js';
import { processOperations } from './process.js';
import { prepareRoot, sealRoot, switchRoot } from './rootfs.js';
import { memoryPolicyOperations, personalityOperations, schedulingOperations } from './scheduling.js';
import { sysctlOperations } from './sysctl.js';
import { terminalOperations } from './terminal.js';
import type { ContainerPlan, CreateInput } from './types.js';

/**
 * The plan of a new container, as a table of contents of its birth.
 * @throws RuntimeError where the configuration is valid but cannot be carried out on this host.
 */
export function buildCreatePlan(request: CreateInput): ContainerPlan {
  const input = withNotifySocket(request);
  const context = createContext(input);
  const { namespaces, descriptors } = context;
  const { spec } = input;
  const { process } = spec;
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
  const operations = [
    ...limits.early,
    ...enterNamespaces(context),
    ...furnishNamespaces(context),
    ...personalityOperations(spec),

    ...prepareRoot(context),
    ...mountOperations(context),
    ...deviceOperations(context),
    ...hostHooks(input),
    ...createContainerHooks(input),
    ...switchRoot(context),

    ...terminalOperations({ process, descriptors, console: namespaces.own.has('mount') }),
    ...sysctlOperations(context),
    ...finishMounts(context),
    ...maskOperations(context),
    ...sealRoot(context),

    ...keyringOperations({ id: input.id, noNewKeyring: input.noNewKeyring, label: process.selinuxLabel }),
    ...schedulingOperations(process),
    ...memoryPolicyOperations(spec),
    ...limits.late,
    ...program.find,
    ready(context),

    ...program.privileges,
    ...startContainerHooks(input),
    ...program.execute,
  ];
  return {
    cloneFlags: namespaces.birth,
    descriptors: descriptors.list,
    operations,
    idMaps: namespaces.user === 'made' ? idMaps(context) : null,
    ...limits.host,
  };
}

/** The container is created: the rest waits for `start`, or for tsrun's word. */
function ready({ input, descriptors }: PlanContext): Operation {
  return { op: 'ready', listener: input.waitsOnListener ? descriptors.add({ kind: 'listener' }) : -1 };
}

function idMaps({ input }: PlanContext): ContainerPlan['idMaps'] {
  const { uidMappings = [], gidMappings = [] } = input.spec.linux ?? {};
  return { uidMap: idMapLines(uidMappings), gidMap: idMapLines(gidMappings) };
}
