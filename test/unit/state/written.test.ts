import { expect, test } from 'vitest';
import type { ContainerRecord } from '../../../src/state/record.js';
import { closeStore, readRecord, takeStore, writeRecord } from '../../../src/state/store.js';
import { WrittenRecords } from '../../../src/state/written.js';
import { bindFakeSys } from '../fake_sys.js';

const record: ContainerRecord = {
  version: 1,
  ociVersion: '1.3.0',
  id: 'web',
  pid: 42,
  startTime: 7,
  bundle: '/b',
  rootfs: '/b/rootfs',
  created: '2026-01-01T00:00:00.000000000Z',
  owner: 'root',
  cgroup: null,
  cgroupParents: [],
  noNewKeyring: false,
  spec: {} as ContainerRecord['spec'],
};
const web = { root: '/run/tsrun', id: 'web' };

function written(records: WrittenRecords): ReturnType<typeof bindFakeSys> {
  const fake = bindFakeSys();
  const store = takeStore({ ...web, records });
  writeRecord({ store, record });
  closeStore(store);
  return fake;
}

test('a record is not parsed again by the program that wrote it', () => {
  const records = new WrittenRecords();
  written(records);
  expect(readRecord({ ...web, records })).toBe(record);
});

test('a record that was changed since, or that another program wrote, is parsed', () => {
  const records = new WrittenRecords();
  const fake = written(records);
  for (const reference of [web, { ...web, records: new WrittenRecords() }]) {
    expect(readRecord(reference)).not.toBe(record);
    expect(readRecord(reference)).toEqual(record);
  }
  const path = '/run/tsrun/web/state.json';
  fake.files.set(path, (fake.files.get(path) as string).replace('"pid":42', '"pid":43'));
  expect(readRecord({ ...web, records }).pid).toBe(43);
});
