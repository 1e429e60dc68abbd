import { expect, test } from 'vitest';
import { beginExec } from '../../../../src/container/exec/index.js';
import type { ContainerRecord } from '../../../../src/state/record.js';
import { takeStore, writeRecord } from '../../../../src/state/store.js';
import { bindFakeSys } from '../../fake_sys.js';

test('exec in a container without a process yet says that it is being created', async () => {
  bindFakeSys();
  const reference = { root: '/run/tsrun', id: 'web' };
  const record = { version: 1, ociVersion: '1.3.0', id: 'web', pid: 0, startTime: 0, bundle: '/b', rootfs: '/b/rootfs' };
  const rest = { created: '2026-01-01T00:00:00.000000000Z', owner: 'root', cgroup: null, cgroupParents: [], noNewKeyring: false };
  writeRecord({ store: takeStore(reference), record: { ...record, ...rest, spec: {} as ContainerRecord['spec'] } as ContainerRecord });
  await expect(beginExec({ ...reference, process: { args: ['ls'], cwd: '/' } } as never)).rejects.toMatchObject({
    message: 'container is being created',
    code: 'wrong-state',
    path: 'web',
    hint: expect.stringContaining('wait until its create has finished') as string,
  });
});
