import type { CreateInput, Descriptor, MountIdmap } from './types.js';
import { planNamespaces, type NamespacePlan } from './namespaces/index.js';

/** The descriptors that tsrun opens for tsrun-init, in the order in which they were asked for. */
export interface DescriptorTable {
  /** Asks for one more; answers its number in tsrun-init. */
  add(descriptor: Descriptor): number;
  readonly list: readonly Descriptor[];
}

/** What the topics know of a container. Not its id, so that most of a plan is the same for all containers of a configuration. */
export type CommonInput = Omit<CreateInput, 'id' | 'stateDirectory'>;

/** What all topics of a plan share. */
export interface PlanContext {
  readonly input: CommonInput;
  readonly namespaces: NamespacePlan;
  readonly descriptors: DescriptorTable;
  /** Grows with the mounts that are asked for. */
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

/** The first descriptor of tsrun-init that is its own: what the user's program keeps comes before it, its socket is this one. */
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
