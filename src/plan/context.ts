import type { CreateInput, Descriptor, MountIdmap } from './types.js';
import { planNamespaces, type NamespacePlan } from './namespaces/index.js';

/** The descriptors that tsrun opens for tsrun-init, in the order of the requests. */
export interface DescriptorTable {
  /** Adds a descriptor and returns its number in tsrun-init. */
  add(descriptor: Descriptor): number;
  readonly list: readonly Descriptor[];
}

/**
 * What the parts of a plan know about a container. Not its id, so that most of a plan is the same for all containers of a configuration.
 */
export type CommonInput = Omit<CreateInput, 'id' | 'stateDirectory'>;

/** What all parts of a plan share. */
export interface PlanContext {
  readonly input: CommonInput;
  readonly namespaces: NamespacePlan;
  readonly descriptors: DescriptorTable;
  /** Grows with the requested mounts. */
  readonly mountIdmaps: MountIdmap[];
}

export function createContext(input: CommonInput): PlanContext {
  return {
    input,
    namespaces: planNamespaces(input.spec.linux?.namespaces ?? [], input.host, input.overlay !== null && input.rootfs !== '/'),
    descriptors: descriptorTable(input.preserve),
    mountIdmaps: [],
  };
}

/** The first of tsrun-init's own descriptors, its socket. Those that the user's program keeps come before it. */
export function firstOwnDescriptor(preserve: number): number {
  return 3 + preserve;
}

export function descriptorTable(preserve: number): DescriptorTable {
  const list: Descriptor[] = [];
  const first = firstOwnDescriptor(preserve) + 1;
  return {
    list,
    add: (descriptor) => first + list.push(descriptor) - 1,
  };
}
