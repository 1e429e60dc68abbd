import { namespaceFlags, type NamespaceType } from '../spec/names/namespaces.js';
import { fewerCapabilities, type Needs } from './process/capabilities.js';
import { descriptorTable, type DescriptorTable } from './context.js';
import { finishesOutside } from './process/finishes_outside.js';
import { keyringOperations } from './process/keyring.js';
import type { Operation } from '../protocol/operations.js';
import { processOperations } from './process/index.js';
import { enteringLimits } from './process/limits.js';
import {
  affinityOperations,
  anyProcessor,
  memoryPolicyOperations,
  personalityOperations,
  schedulingOperations,
} from './process/scheduling.js';
import { terminalOperations } from './process/terminal.js';
import type { Process } from '../spec/types.js';
import type { ContainerPlan, ExecInput } from './types.js';

/**
 * Builds the plan of another process in a container. It is cloned into the container's cgroup, and enters all namespaces at once through
 * the pidfd of the container's init.
 *
 * The pid namespace, which only a child can enter (pid_namespaces(7)), comes last: from then on the container's processes see the new one,
 * and a process that may trace it must not find the host's root, tsrun's descriptors or its memory there (CVE-2016-9962).
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
    keepsGroups: input.keepsGroups === true,
  });
  const joinsPid = types.has('pid');
  const limits = enteringLimits(process, userNamespace || joinsPid);
  // It uses the first descriptor.
  const joining = joinOperation(types, descriptors);
  const session: Operation = { op: 'newSession', terminal: joinsPid && process.terminal === true ? 1 : 0 };
  const scheduling = schedulingOperations(process);
  const preparation: readonly Operation[] = [
    ...personalityOperations(spec),
    ...terminalOperations({ process, descriptors, console: false, plainLines: input.plainLines === true, controlling: !joinsPid }),
    ...keyringOperations({ id: input.id, noNewKeyring: input.noNewKeyring, label: process.selinuxLabel }),
    ...memoryPolicyOperations(spec),
    ...program.find,
    ...program.privileges.filter(({ op }) => isPreparation(op)),
  ];
  const rights = [...scheduling, ...program.privileges.filter(({ op }) => !isPreparation(op))];
  const unprivileged = [...affinityOperations(process.execCPUAffinity?.final), ...limits.late];
  const outside: readonly Operation[] = [
    // Everything that needs rights over the host comes before they are lost.
    ...initialAffinity(process),
    ...limits.early,
    ...joining,
    ...(userNamespace ? [{ op: 'becomeRoot' } as const] : []),
    ...(types.has('mount') ? [] : [{ op: 'changeRoot', path: input.rootfs } as const]),
  ];
  const operations: readonly Operation[] = [
    ...outside,
    ...(joinsPid
      ? enterPidNamespace({ preparation, rights, session, unprivileged, host: input.host, userNamespace })
      : [session, ...preparation, ...unprivileged, ...rights]),
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

/**
 * Whether an operation of the privileges needs rights that the program may not have. These operations change only what the process is
 * given, not the process.
 */
const isPreparation = (op: Operation['op']): boolean => op === 'standardStreams' || op === 'boundingSet';

interface Entrance extends Pick<Needs, 'host' | 'userNamespace'> {
  /** Carried out with all rights. */
  readonly preparation: readonly Operation[];
  /** Reduces all rights to those of the program. */
  readonly rights: readonly Operation[];
  readonly session: Operation;
  readonly unprivileged: readonly Operation[];
}

/** A process that is visible in the pid namespace has the rights of its program, or if that is impossible, few more (decision 0018). */
function enterPidNamespace({ preparation, rights, session, unprivileged, host, userNamespace }: Entrance): readonly Operation[] {
  const respawn = { op: 'respawn', cloneFlags: 0 } as const;
  if (finishesOutside(rights, host)) return [...preparation, ...rights, respawn, session, ...unprivileged];
  return [...preparation, fewerCapabilities({ operations: rights, host, userNamespace }), respawn, session, ...unprivileged, ...rights];
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
