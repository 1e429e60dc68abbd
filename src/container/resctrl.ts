import type { HostFacts } from '../host/facts.js';
import { enterResctrlGroup, makeResctrlGroup } from '../resctrl/enter.js';
import { resctrlGroup, type ResctrlGroup } from '../resctrl/group.js';
import { removeResctrlGroups } from '../resctrl/leave.js';
import type { Spec } from '../spec/types.js';
import { readResctrlCleanup, writeResctrlCleanup } from '../state/resctrl_cleanup_record.js';
import type { Store, StoreReference } from '../state/store.js';

export interface ResctrlOf {
  readonly container: StoreReference;
  readonly spec: Spec;
  readonly host: HostFacts;
}

/** Where the processes of a container belong in resctrl, or null where its configuration does not say. */
export function resctrlOf({ container, spec, host }: ResctrlOf): ResctrlGroup | null {
  const intelRdt = spec.linux?.intelRdt;
  // Without a mount the configuration was refused (spec/checks/resources/intel_rdt.ts), or it is gone since.
  if (intelRdt === undefined || host.resctrlMount === null) return null;
  return resctrlGroup({ mount: host.resctrlMount, id: container.id, intelRdt });
}

/** Makes what is missing of it, and writes down first what that is, so that `delete` takes away no more and no less. */
export function makeResctrl({ store, ...of }: Omit<ResctrlOf, 'container'> & { readonly store: Store }): ResctrlGroup | null {
  const group = resctrlOf({ ...of, container: store });
  const intelRdt = of.spec.linux?.intelRdt;
  if (group === null || intelRdt === undefined) return null;
  const directories: string[] = [];
  makeResctrlGroup({
    group,
    intelRdt,
    record: (directory) => {
      directories.push(directory);
      writeResctrlCleanup({ store, directories });
    },
  });
  return group;
}

export function enterResctrl(group: ResctrlGroup | null, pid: number): void {
  if (group !== null) enterResctrlGroup({ group, pid });
}

/** Whatever state.json says, or fails to say. */
export function leaveResctrl(store: Store): void {
  removeResctrlGroups(readResctrlCleanup(store));
}
