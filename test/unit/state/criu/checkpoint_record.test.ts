import { describe, expect, test } from 'vitest';
import { hasCheckpointRecord, readCheckpointRecord, writeCheckpointRecord } from '../../../../src/state/criu/checkpoint_record.js';
import { openStore } from '../../../../src/state/store.js';
import { bindFakeSys } from '../../fake_sys.js';

const web = { root: '/run/tsrun', id: 'web' };

describe('the record of a checkpoint', () => {
  test.each([
    { criu: { pid: 7, startTime: 4711 }, paused: false },
    { criu: { pid: 7, startTime: 4711 }, paused: true },
  ])('says what is begun: %j', (record) => {
    bindFakeSys({ directories: ['/run/tsrun/web'] });
    const store = openStore(web);
    writeCheckpointRecord(store, record);
    expect(hasCheckpointRecord(web)).toBe(true);
    expect(readCheckpointRecord(store)).toEqual(record);
  });

  test('is absent without a checkpoint', () => {
    bindFakeSys({ directories: ['/run/tsrun/web'] });
    expect(readCheckpointRecord(openStore(web))).toBeNull();
    expect(hasCheckpointRecord(web)).toBe(false);
  });
});
