import { checkResources } from '../../bundle/check_resources.js';
import { withCgroup } from '../../cgroup/identity.js';
import { changesCgroup, updateCgroup } from '../../cgroup/update.js';
import { cleanUp } from '../../errors/clean_up.js';
import { containerNotRunning } from '../../errors/catalogue.js';
import { RuntimeError } from '../../errors/runtime_error.js';
import { readHostFacts } from '../../host/read.js';
import { notInResctrl, updateResctrlGroup, type RdtUpdate } from '../../resctrl/update.js';
import { mergeResources } from '../../spec/resources/merge.js';
import type { Resources } from '../../spec/types.js';
import { withLock } from '../../state/lock.js';
import type { ContainerRecord } from '../../state/record.js';
import { writeRecord, type Store } from '../../state/store.js';
import { cgroupOf } from '../cgroup_of.js';
import { unlessLost } from '../lost.js';
import type { ContainerReference } from '../options.js';
import { resctrlOf } from '../resctrl.js';
import { statusOf } from '../state/status.js';

export interface UpdateOptions extends ContainerReference {
  /** What to change, of the right shape (spec/parse.ts). What it leaves out stays as it is. */
  readonly resources: Resources;
  readonly intelRdt?: RdtUpdate;
  /** Called with what is asked for but not done, if that does not prevent the update. */
  readonly warn?: (message: string) => void;
}

/**
 * Changes the limits of a created, running or paused container, and its record, so that the next update starts from there. Nothing is
 * changed if any of it fails.
 * @throws RuntimeError `not-running` if the container has stopped, and whatever limits of a creation can fail with
 */
export async function updateContainer(options: UpdateOptions): Promise<void> {
  const { resources: _, intelRdt: __, warn: ___, ...reference } = options;
  await withLock(reference, (store) =>
    unlessLost({ container: store, stopped: containerNotRunning }, (record) => updateRecorded(options, store, record)),
  );
}

async function updateRecorded(
  { resources: given, intelRdt = {}, warn }: Omit<UpdateOptions, keyof ContainerReference>,
  store: Store,
  record: ContainerRecord,
): Promise<void> {
  if (statusOf({ ...store, record }) === 'stopped') throw containerNotRunning();
  const { spec } = record;
  const host = readHostFacts();
  checkResources({ resources: given, spec, host, warn });
  const group = resctrlOf({ container: store, spec, host });
  // A schema that is not given stays as it is.
  const schemas: RdtUpdate = Object.fromEntries(Object.entries(intelRdt).filter(([, schema]) => schema !== ''));
  const changesRdt = Object.keys(schemas).length > 0;
  if (changesRdt && group === null) throw notInResctrl();
  const before = spec.linux?.resources ?? {};
  const changed = {
    ...record,
    spec: {
      ...spec,
      linux: {
        ...spec.linux,
        resources: mergeResources(before, given),
        ...(changesRdt ? { intelRdt: { ...spec.linux?.intelRdt, ...schemas } } : {}),
      },
    },
  };
  const finish = async (): Promise<void> => {
    writeRecord({ store, record: changed });
    if (!changesRdt || group === null) return;
    try {
      updateResctrlGroup({ group, given: schemas });
    } catch (error) {
      throw await cleanUp(error, [() => writeRecord({ store, record })]);
    }
  };
  // An update of nothing is none: Docker sends an empty document for a new restart policy.
  if (!changesCgroup({ before, given })) return finish();
  const cgroup = cgroupOf(record);
  if (cgroup === null || host.cgroupMount === null)
    throw cannot('it has no cgroup', 'it was created where there is no cgroup v2 hierarchy, or none that the caller may write to');
  const mount = host.cgroupMount;
  const after = changed.spec.linux.resources;
  const begin =
    record.systemdUnit === undefined ? undefined : async () => (await import('../systemd/index.js')).changeUnit({ record, before, after });
  const done = await withCgroup(cgroup, async (held) => {
    await updateCgroup({ mount, cgroup: held, before, given, begin, finish });
    return true;
  });
  if (done !== true) throw cannot(`its cgroup "${cgroup.directory}" is gone`, 'something else removed it');
}

function cannot(reason: string, hint: string): RuntimeError {
  return new RuntimeError(`update container: ${reason}`, { code: 'unsupported', phase: 'cgroup', operation: 'limit', hint });
}
