import { namespaceFlags, type NamespaceType } from '../spec/names/namespaces.js';
import { fewerCapabilities } from './capabilities.js';
import { descriptorTable, type DescriptorTable } from './context.js';
import { keyringOperations } from './keyring.js';
import type { Operation } from './operations.js';
import { processOperations } from './process.js';
import { enteringLimits } from './limits.js';
import { affinityOperations, anyProcessor, memoryPolicyOperations, personalityOperations, schedulingOperations } from './scheduling.js';
import { terminalOperations } from './terminal.js';
import type { Process } from '../spec/types.js';
import type { ContainerPlan, ExecInput } from './types.js';

/**
 * The plan of one more process in a container. It is born in the container's cgroup, and enters all namespaces at once through the pidfd of the container's init.
 *
 * The pid namespace, which only a child can enter (pid_namespaces(7)), comes last: from then on the container's processes see it, and one that may trace it must
 * not find the host's root, tsrun's descriptors or memory there (CVE-2016-9962).
 */
export function buildExecPlan(input: ExecInput): ContainerPlan {
  const { spec, process } = input;
  const types = new Set((spec.linux?.namespaces ?? []).map(({ type }) => type));
  const userNamespace = types.has('user');
  const descriptors = descriptorTable(input.preserve);
  const program = processOperations({
    process,
    host: input.host,
    userNamespace,
    preserve: input.preserve,
    listenFds: input.listenFds,
    seccomp: spec.linux?.seccomp,
    seccompFilter: input.seccompFilter,
  });
  const joinsPid = types.has('pid');
  const limits = enteringLimits(process, userNamespace || joinsPid);
  // Its descriptor is the first.
  const joining = joinOperation(types, descriptors);
  const inside: readonly Operation[] = [
    { op: 'newSession' },
    ...personalityOperations(spec),
    ...terminalOperations({ process, descriptors, console: false, plainLines: input.plainLines === true }),
    ...keyringOperations({ id: input.id, noNewKeyring: input.noNewKeyring, label: process.selinuxLabel }),
    ...schedulingOperations(process),
    ...memoryPolicyOperations(spec),
    ...affinityOperations(process.execCPUAffinity?.final),
    ...limits.late,
    ...program.find,
    ...program.privileges.filter(({ op }) => op !== 'boundingSet'),
  ];
  const operations: readonly Operation[] = [
    // What needs rights over the host comes before they are lost.
    ...initialAffinity(process),
    ...limits.early,
    ...joining,
    ...(userNamespace ? [{ op: 'becomeRoot' } as const] : []),
    ...(types.has('mount') ? [] : [{ op: 'changeRoot', path: input.rootfs } as const]),
    ...program.privileges.filter(({ op }) => op === 'boundingSet'),
    ...(joinsPid ? [fewerCapabilities({ operations: inside, host: input.host, userNamespace }), { op: 'respawn', cloneFlags: 0 } as const] : []),
    ...inside,
    ...program.filter,
    ...program.execute,
  ];
  return {
    cloneFlags: 0,
    descriptors: descriptors.list,
    operations,
    idMaps: null,
    mountIdmaps: [],
    hostLimits: [],
    hostOomScoreAdj: null,
  };
}

function initialAffinity({ execCPUAffinity }: Process): readonly Operation[] {
  const operations = affinityOperations(execCPUAffinity?.initial);
  return operations.length === 0 ? [anyProcessor] : operations;
}

function joinOperation(types: ReadonlySet<NamespaceType>, descriptors: DescriptorTable): readonly Operation[] {
  let namespaces = 0;
  for (const type of types) namespaces |= namespaceFlags[type];
  return namespaces === 0 ? [] : [{ op: 'joinProcess', pidfd: descriptors.add({ kind: 'process' }), namespaces }];
}
