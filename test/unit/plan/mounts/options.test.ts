import { describe, expect, test } from 'vitest';
import { mountOptionNames, parseMountOptions } from '../../../../src/plan/mounts/options.js';
import { mountAttribute, propagationFlag, superblockFlag } from '../../../../src/protocol/mount_flags.js';

describe('parseMountOptions', () => {
  test('returns unknown options as data, in their order', () => {
    expect(parseMountOptions(['mode=755', 'nosuid', 'newinstance', 'size=64k']).data).toEqual(['mode=755', 'newinstance', 'size=64k']);
  });

  test("returns names of Object's properties as data, too", () => {
    expect(parseMountOptions(['constructor', 'toString']).data).toEqual(['constructor', 'toString']);
  });

  test('uses the later of two contradicting options', () => {
    expect(parseMountOptions(['ro', 'rw'])).toMatchObject({ set: 0, clear: mountAttribute.readonly, superblock: 0 });
    expect(parseMountOptions(['rw', 'ro'])).toMatchObject({ set: mountAttribute.readonly, clear: 0, superblock: superblockFlag.readonly });
  });

  test.each([
    ['noatime', mountAttribute.noatime],
    ['strictatime', mountAttribute.strictatime],
    ['relatime', 0],
    ['atime', 0],
  ])('clears the whole access time field for %s', (option, set) => {
    expect(parseMountOptions([option])).toMatchObject({ set, clear: mountAttribute.accessTime });
  });

  test('lets one access time mode replace another', () => {
    expect(parseMountOptions(['noatime', 'strictatime'])).toMatchObject({
      set: mountAttribute.strictatime,
      clear: mountAttribute.accessTime,
    });
    expect(parseMountOptions(['rnoatime', 'rrelatime'])).toMatchObject({ recursiveSet: 0, recursiveClear: mountAttribute.accessTime });
  });

  test('applies recursive options only to the recursive bits', () => {
    expect(parseMountOptions(['rro', 'rnosuid', 'rexec'])).toMatchObject({
      set: 0,
      clear: 0,
      recursiveSet: mountAttribute.readonly | mountAttribute.nosuid,
      recursiveClear: mountAttribute.noexec,
    });
  });

  test('returns options of the file system as superblock flags', () => {
    expect(parseMountOptions(['sync', 'lazytime', 'silent', 'loud', 'iversion']).superblock).toBe(
      superblockFlag.synchronous | superblockFlag.lazytime | superblockFlag.iversion,
    );
  });

  test('keeps propagation options in their order', () => {
    expect(parseMountOptions(['rslave', 'shared']).propagations).toEqual([
      propagationFlag.slave | propagationFlag.recursive,
      propagationFlag.shared,
    ]);
  });

  test("returns the mappings after crun's idmap", () => {
    const { specials, idmapText, data } = parseMountOptions(['ridmap=uids=0-1-2;gids=0-1-2']);
    expect([...specials]).toEqual(['ridmap']);
    expect(idmapText).toBe('uids=0-1-2;gids=0-1-2');
    expect(data).toEqual([]);
  });

  test.each(
    // The union of what runc and crun know.
    (
      'atime bind copy-symlink defaults dest-nofollow dev diratime dirsync exec idmap iversion lazytime loud mand noatime nodev nodiratime noexec noiversion ' +
      'nolazytime nomand norelatime nostrictatime nosuid nosymfollow private ratime rasync rbind rdev rdiratime rdirsync relatime remount rexec ridmap rmand rnoatime ' +
      'rnodev rnodiratime rnoexec rnorelatime rnostrictatime rnosuid rnosymfollow ro rprivate rrelatime rro rrw rshared rslave rstrictatime rsuid rsymfollow rsync ' +
      'runbindable rw shared silent slave src-nofollow strictatime suid symfollow sync async tmpcopyup unbindable'
    ).split(' '),
  )('knows %s', (name) => {
    expect(mountOptionNames).toContain(name);
    expect(parseMountOptions([name]).data).toEqual([]);
  });
});
