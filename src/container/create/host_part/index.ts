import { RuntimeError } from '../../../errors/runtime_error.js';
import { follow, type Handshake } from '../../../init/handshake.js';
import { openMountSource } from '../../../init/mount_source.js';
import type { ContainerPlan } from '../../../plan/types.js';
import { syncPoint, type Operation } from '../../../protocol/operations.js';
import type { ResctrlGroup } from '../../../resctrl/group.js';
import { writeRecord } from '../../../state/store.js';
import type { Fd, InitMessage } from '../../../sys/contract.js';
import { runHooks } from '../../hooks.js';
import { enterResctrl } from '../../resctrl.js';
import { hookState } from '../../state/document.js';
import type { Creation } from '../creation.js';
import { compareIdMaps, writeIdMaps } from './id_maps.js';
import { moveNetDevices } from './net_devices.js';

export interface BringUp {
  readonly creation: Creation;
  readonly plan: ContainerPlan;
  /** The operations of the plan that remain for the process. */
  readonly operations: readonly Operation[];
  readonly resctrl: ResctrlGroup | null;
  readonly silence?: Handshake['silence'];
}

/** Does the host's part at each point where tsrun-init waits, until tsrun-init is ready; then the record names the container's process. */
export async function bringUp({ creation, plan, operations, resctrl, silence }: BringUp): Promise<void> {
  const { socket, pid } = creation.init;
  const onMountSource = (message: InitMessage): Fd =>
    openMountSource({ message, operations, mountIdmaps: plan.mountIdmaps, init: creation.init });
  const end = await follow({
    socket,
    operations,
    phase: 'setup',
    onSync: (message) => atSyncPoint(creation, plan, message),
    onMountSource,
    succession: { first: pid, onRespawned: (sibling) => creation.init.adopt(sibling) },
    ...(silence === undefined ? {} : { silence }),
  });
  if (end !== 'ready') throw endedEarly();
  enterResctrl(resctrl, creation.init.pid);
  // Not before: `exec` enters whatever process the record names, and until now the root was the host's.
  creation.writeProcess();
}

async function atSyncPoint(creation: Creation, plan: ContainerPlan, { value }: InitMessage): Promise<void> {
  const { spec } = creation.input;
  const { pid } = creation.init;
  if (value === syncPoint.idMaps && plan.idMaps === null) compareIdMaps(spec, pid);
  else if (value === syncPoint.idMaps || value === syncPoint.idMapsOfUser) await writeIdMaps(plan, pid, creation.input.host);
  else if (value === syncPoint.namespaces) moveNetDevices(spec.linux?.netDevices, pid);
  else if (value === syncPoint.hooks) await runHostHooks(creation, pid);
}

/** The hooks in the host's namespaces, in the order of the specification: prestart, then createRuntime. They may ask for the state. */
async function runHostHooks({ store, input: { spec }, record }: Creation, pid: number): Promise<void> {
  writeRecord({ store, record });
  const state = hookState({ record, status: 'creating', pid });
  await runHooks({ kind: 'prestart', hooks: spec.hooks?.prestart, state });
  await runHooks({ kind: 'createRuntime', hooks: spec.hooks?.createRuntime, state });
}

function endedEarly(): RuntimeError {
  return new RuntimeError('create container: its init process ended before it was ready', {
    code: 'setup',
    phase: 'setup',
    operation: 'tsrun-init',
    hint: "it may have been OOM-killed; check the container's memory limit and the kernel log",
  });
}
