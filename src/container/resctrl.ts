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

/** Where the processes of a container belong in resctrl, or null if its configuration does not say. */
export function resctrlOf({ container, spec, host }: ResctrlOf): ResctrlGroup | null {
  const intelRdt = spec.linux?.intelRdt;
  // Without a mount the configuration was refused (spec/checks/resources/intel_rdt.ts), or the mount has gone since.
  if (intelRdt === undefined || host.resctrlMount === null) return null;
  return resctrlGroup({ mount: host.resctrlMount, id: container.id, intelRdt });
}

/** Creates the missing parts of it. Records them first, so that `delete` removes exactly those. */
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

/** Removes the groups named in the cleanup record, whatever state.json says. */
export function leaveResctrl(store: Store): void {
  removeResctrlGroups(readResctrlCleanup(store));
}
