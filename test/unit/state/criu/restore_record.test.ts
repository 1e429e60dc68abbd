import { describe, expect, test } from 'vitest';
import { readRestoreRecord, writeRestoreRecord } from '../../../../src/state/criu/restore_record.js';
import { openStore } from '../../../../src/state/store.js';
import { bindFakeSys } from '../../fake_sys.js';

const web = { root: '/run/tsrun', id: 'web' };

describe('the record of a restore', () => {
  test.each([
    { unfinished: true },
    { unfinished: true, layer: { directory: '/var/a b', inode: 12 } },
    { unfinished: true, layer: { directory: '/var/a', inode: 12 }, criu: { pid: 7, startTime: 4711 } },
    { unfinished: false, criu: { pid: 7, startTime: 4711 } },
  ])('says what is begun: %j', (record) => {
    bindFakeSys({ directories: ['/run/tsrun/web'] });
    writeRestoreRecord(openStore(web), record);
    expect(readRestoreRecord(openStore(web))).toEqual(record);
  });

  test('is absent without a restore', () => {
    bindFakeSys({ directories: ['/run/tsrun/web'] });
    expect(readRestoreRecord(openStore(web))).toBeNull();
  });
});
