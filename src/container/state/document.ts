import type { ContainerRecord } from '../../state/record.js';
import type { HookState } from '../hooks.js';
import type { ContainerState, ContainerStatus } from '../options.js';

export interface StateOf {
  readonly record: ContainerRecord;
  readonly status: ContainerStatus;
}

/** The document that `state` prints, in runc's field order. */
export function containerState({ record, status }: StateOf): ContainerState {
  return {
    ociVersion: record.ociVersion,
    id: record.id,
    pid: status === 'stopped' ? 0 : record.pid,
    status,
    bundle: record.bundle,
    rootfs: record.rootfs,
    created: record.created,
    ...(record.spec.annotations === undefined ? {} : { annotations: record.spec.annotations }),
    owner: record.owner,
  };
}

/** The state that hooks of the host receive: exactly that of the specification (runtime.md, "State"). */
export function hookState({ record, status, pid }: StateOf & { readonly pid: number }): HookState {
  return {
    ociVersion: record.ociVersion,
    id: record.id,
    status,
    ...(pid === 0 ? {} : { pid }),
    bundle: record.bundle,
    ...(record.spec.annotations === undefined ? {} : { annotations: record.spec.annotations }),
  };
}
