import type { Sys } from '../../../../src/sys/contract.js';
import type { World } from '../world.js';

/** Objects of the kernel that are only made and handed on, and cgroups. */
export function kernelCalls({ descriptors, cgroups }: World): Partial<Sys> {
  return {
    loadDeviceProgram: () => descriptors.add({ kind: 'other', what: 'device program' }),
    attachDeviceProgram: ({ cgroup, program }) => {
      descriptors.node(cgroup, 'bpf');
      descriptors.get(program, 'bpf');
    },
    cloneMount: () => descriptors.add({ kind: 'other', what: 'mount' }),
    detachedTmpfs: () => descriptors.add({ kind: 'other', what: 'mount' }),
    idmapMount: ({ mount }) => void descriptors.get(mount, 'mount_setattr'),
    makeAs: () => descriptors.add({ kind: 'other', what: 'file' }),
    makeUserNamespace: () => descriptors.add({ kind: 'other', what: 'user namespace' }),
    moveNetDevice: ({ network }) => void descriptors.get(network, 'rtnetlink'),
    cgroupProcesses: ({ directory }) => cgroups.below(descriptors.node(directory, 'open')).map(({ pid }) => pid),
    removeCgroupsBelow: ({ directory }) => cgroups.removeBelow(descriptors.node(directory, 'open')),
  };
}
