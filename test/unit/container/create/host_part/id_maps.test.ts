import { describe, expect, test } from 'vitest';
import { compareIdMaps, writeIdMaps } from '../../../../../src/container/create/host_part/id_maps.js';
import { planOf, specWith } from '../../../plan/fixtures.js';
import { bindFakeSys, systemError } from '../../../fake_sys.js';

const maps = (text: string): void =>
  void bindFakeSys({ files: { '/proc/70/uid_map': text, '/proc/70/gid_map': '         0     100000      65536\n' } });
const mapping = (containerID: number, hostID: number, size: number) => ({ containerID, hostID, size });

const compare = (uidMappings: readonly ReturnType<typeof mapping>[] | undefined): void =>
  compareIdMaps(
    specWith({ linux: { ...(uidMappings === undefined ? {} : { uidMappings }), gidMappings: [mapping(0, 100000, 65536)] } }),
    70,
  );

describe('the user namespace that a container joins', () => {
  test.each<readonly [string, string, readonly ReturnType<typeof mapping>[] | undefined]>([
    ['has the ids of the configuration', '         0     100000      65536\n', [mapping(0, 100000, 65536)]],
    ['has them in other lines', '0 100000 10\n10 100010 65526\n', [mapping(0, 100000, 65536)]],
    ['has them in another order', '10 200010 5\n0 100000 10\n', [mapping(0, 100000, 10), mapping(10, 200010, 5)]],
    ['has any where the configuration says nothing', '0 7 1\n', undefined],
  ])('%s', (_, text, configured) => {
    maps(text);
    expect(() => compare(configured)).not.toThrow();
  });

  test.each<readonly [string, string, readonly ReturnType<typeof mapping>[], string]>([
    [
      'other ids',
      '0 100000 65536\n',
      [mapping(0, 200000, 65536)],
      'it maps "0 100000 65536", and /linux/uidMappings says "0 200000 65536"',
    ],
    ['fewer ids', '0 100000 10\n', [mapping(0, 100000, 11)], 'it maps "0 100000 10", and /linux/uidMappings says "0 100000 11"'],
    ['a hole', '0 100000 10\n11 100011 5\n', [mapping(0, 100000, 16)], 'it maps "0 100000 10, 11 100011 5"'],
  ])('is refused with %s', (_, text, configured, message) => {
    maps(text);
    expect(() => compare(configured)).toThrow(
      expect.objectContaining({
        code: 'invalid-config',
        path: '/linux/uidMappings',
        message: expect.stringContaining(message) as string,
      }) as Error,
    );
  });
});

const userNamespace = {
  linux: {
    namespaces: [{ type: 'mount' }, { type: 'user' }],
    uidMappings: [mapping(0, 100000, 65536)],
    gidMappings: [mapping(0, 200000, 65536)],
  },
};

describe("the host's part of a new user namespace", () => {
  test('sets its maps, the hard limits that it may not raise, and the OOM score that it may not lower', async () => {
    const raised: unknown[] = [];
    const fake = bindFakeSys({
      files: { '/proc/70/uid_map': '', '/proc/70/gid_map': '', '/proc/70/oom_score_adj': '0' },
      overrides: { raiseLimit: (limit) => void raised.push(limit) },
    });
    const plan = planOf({ ...userNamespace, process: { oomScoreAdj: -500, rlimits: [{ type: 'RLIMIT_NOFILE', hard: 4096, soft: 1024 }] } });
    await writeIdMaps(plan, 70, { euid: 0 });
    expect(Object.fromEntries(fake.files)).toEqual({
      '/proc/70/uid_map': '0 100000 65536\n',
      '/proc/70/gid_map': '0 200000 65536\n',
      '/proc/70/oom_score_adj': '-500',
    });
    expect(raised).toEqual([{ pid: 70, resource: 7, hard: '4096' }]);
  });

  test.each<readonly [string, string, string]>([
    ['/proc/70/uid_map', 'EINVAL', 'at most 340 lines'],
    ['/proc/70/gid_map', 'EPERM', 'at most 340 lines'],
    ['/proc/70/oom_score_adj', 'EACCES', 'CAP_SYS_RESOURCE'],
  ])('fails with %s, and the hint says what the kernel requires', async (path, errno, hint) => {
    bindFakeSys({
      overrides: {
        writeFile: (file) => {
          if (file.path === path) throw systemError(errno, 'write', path);
        },
        raiseLimit: () => undefined,
      },
    });
    const plan = planOf({ ...userNamespace, process: { oomScoreAdj: -500 } });
    await expect(writeIdMaps(plan, 70, { euid: 0 })).rejects.toThrow(
      expect.objectContaining({ operation: 'write', path, errno, hint: expect.stringContaining(hint) as string }) as Error,
    );
  });

  test('fails with a hard limit above our own', async () => {
    bindFakeSys({
      files: { '/proc/70/uid_map': '', '/proc/70/gid_map': '' },
      overrides: {
        raiseLimit: () => {
          throw systemError('EPERM', 'prlimit64', '70');
        },
      },
    });
    await expect(writeIdMaps(planOf(userNamespace), 70, { euid: 0 })).rejects.toThrow(
      expect.objectContaining({
        operation: 'set rlimit',
        errno: 'EPERM',
        hint: expect.stringContaining('CAP_SYS_RESOURCE') as string,
      }) as Error,
    );
  });
});
