import type { HostFacts } from '../../host/facts.js';
import { capabilityNumbers } from '../../spec/names/capabilities.js';
import type { Process } from '../../spec/types.js';
import type { Operation } from '../../protocol/operations.js';

export interface CapabilityRequest {
  readonly capabilities: Process['capabilities'];
  readonly host: HostFacts;
  /** In its own user namespace the process starts with every capability that the kernel knows. */
  readonly userNamespace: boolean;
}

/** The operations of the five sets. The bounding set must be dropped while the process still has CAP_SETPCAP, before the user changes. */
export interface CapabilityOperations {
  readonly bounding: Operation;
  readonly others: Operation;
}

/**
 * A configuration without capabilities means none at all, as in runc. Capabilities that tsrun itself lacks cannot be passed on and are left
 * out, as runc leaves out those that the kernel does not know. So are ambient ones that are not permitted and inheritable (capabilities(7),
 * "Ambient").
 */
export function capabilityOperations({ capabilities, host, userNamespace }: CapabilityRequest): CapabilityOperations {
  const known = 2 ** (host.lastCapability + 1) - 1;
  const available = userNamespace ? known : host.boundingSet;
  const mask = (names: readonly string[] | undefined): number => intersection(maskOf(names ?? []), available);
  const permitted = mask(capabilities?.permitted);
  const inheritable = mask(capabilities?.inheritable);
  return {
    bounding: { op: 'boundingSet', mask: mask(capabilities?.bounding) },
    others: {
      op: 'capabilities',
      effective: intersection(mask(capabilities?.effective), permitted),
      permitted,
      inheritable,
      ambient: intersection(mask(capabilities?.ambient), intersection(permitted, inheritable)),
    },
  };
}

/** What tsrun-init needs in addition to its program's capabilities, once others may trace it. */
export interface Needs {
  /** The operations that follow. */
  readonly operations: readonly Operation[];
  readonly host: HostFacts;
  readonly userNamespace: boolean;
}

/**
 * Leaves tsrun-init the capabilities that its program gets and those needed on the way there: for another user, a priority, a filter
 * without no_new_privs. A process of the container that may trace it (CAP_SYS_PTRACE) can use everything that it has.
 */
export function fewerCapabilities({ operations, host, userNamespace }: Needs): Operation {
  const names: (keyof typeof capabilityNumbers)[] = ['CAP_SETGID', 'CAP_SETUID'];
  let kept = 0;
  for (const operation of operations) {
    if (operation.op === 'scheduler' || operation.op === 'ioPriority') names.push('CAP_SYS_NICE');
    // ioprio_set(2) accepted no other before Linux 5.14.
    if (operation.op === 'ioPriority' || operation.op === 'seccomp') names.push('CAP_SYS_ADMIN');
    if (operation.op === 'capabilities') kept = union(Number(operation.permitted), Number(operation.inheritable));
  }
  const available = userNamespace ? 2 ** (host.lastCapability + 1) - 1 : host.boundingSet;
  const mask = union(kept, intersection(maskOf(names), available));
  return { op: 'capabilities', effective: mask, permitted: mask, inheritable: 0, ambient: 0 };
}

/**
 * Bit n for capability n; unknown names are left out (types.ts of spec). Uses sums, because JavaScript's bit operators are limited to 32
 * bits.
 */
function maskOf(names: readonly string[]): number {
  let mask = 0;
  for (const name of new Set(names)) if (isKnown(name)) mask += 2 ** capabilityNumbers[name];
  return mask;
}

function isKnown(name: string): name is keyof typeof capabilityNumbers {
  return Object.hasOwn(capabilityNumbers, name);
}

function union(a: number, b: number): number {
  return a + b - intersection(a, b);
}

function intersection(a: number, b: number): number {
  const half = 0x100000000;
  const high = Math.floor(a / half) & Math.floor(b / half);
  const low = (a % half) & (b % half);
  return high * half + (low >>> 0);
}
