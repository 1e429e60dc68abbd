import { describe, expect, test } from 'vitest';
import { createCgroup, type Cgroup } from '../../../src/cgroup/create.js';
import { planCgroup } from '../../../src/cgroup/plan.js';
import type { Resources } from '../../../src/spec/types.js';
import { bindFakeSys, systemError, type FakeSys, type FakeSysOptions } from '../fake_sys.js';

const mount = '/cg';
const host = { cgroupMount: mount };

const create = (path: string, resources?: Resources, claim = 'one'): Promise<Cgroup> =>
  createCgroup({ planned: planCgroup({ host, path }), resources, claim });

function hierarchy(controllers: string, more: FakeSysOptions = {}): FakeSys {
  return bindFakeSys({
    cgroupMount: mount,
    cgroupFiles: { 'pids.max': 'max', 'memory.max': 'max', 'cgroup.freeze': '0' },
    ...more,
    files: {
      '/cg/cgroup.controllers': controllers,
      '/cg/cgroup.subtree_control': '',
      '/proc/cgroups': '#subsys_name\thierarchy\tnum_cgroups\tenabled\npids\t8\t2\t1\nmemory\t0\t1\t0\n',
      ...more.files,
    },
  });
}

describe('the plan of a cgroup', () => {
  test('names the missing parents, outermost first', () => {
    hierarchy('', { directories: ['/cg/a'] });
    expect(planCgroup({ host, path: '/a/b/c/web' })).toEqual({ mount, directory: '/cg/a/b/c/web', parents: ['/cg/a/b', '/cg/a/b/c'] });
  });
  test('names parents that tsrun created for another container, but not those above them', () => {
    const { sys } = hierarchy('', { directories: ['/cg/a/b'] });
    sys.setAttribute({ path: '/cg/a/b', name: 'user.tsrun', value: 'parent' });
    expect(planCgroup({ host, path: '/a/b/c/web' }).parents).toEqual(['/cg/a/b', '/cg/a/b/c']);
  });
  test('needs a cgroup v2 hierarchy', () => {
    expect(() => planCgroup({ host: { cgroupMount: null }, path: '/a' })).toThrow(expect.objectContaining({ code: 'unsupported' }));
  });
});

describe('creating a cgroup', () => {
  test('writes no controllers if all are enabled, as in the root after the first container', async () => {
    const fake = hierarchy('memory pids', { files: { '/cg/cgroup.subtree_control': 'pids memory\n' } });
    expect(await create('/web', {})).toMatchObject({ directory: '/cg/web', handedDown: { controllers: ['memory', 'pids'], refusals: [] } });
    expect(fake.calls.filter((call) => /^(read|write)/.test(call))).toEqual([
      'readText /cg/cgroup.controllers',
      'readText /cg/cgroup.subtree_control',
    ]);
  });

  test('enables every controller in each ancestor, reading each once and writing what is missing', async () => {
    const fake = hierarchy('cpu memory pids', { files: { '/cg/cgroup.subtree_control': 'memory' }, directories: ['/cg/docker'] });
    fake.files.set('/cg/docker/cgroup.subtree_control', '');
    expect((await create('/docker/web')).handedDown.controllers).toEqual(['cpu', 'memory', 'pids']);
    expect(fake.files.get('/cg/cgroup.subtree_control')).toBe('+cpu +pids');
    expect(fake.files.get('/cg/docker/cgroup.subtree_control')).toBe('+cpu +memory +pids');
    expect(fake.calls.filter((call) => call.startsWith('readText'))).toEqual([
      'readText /cg/cgroup.controllers',
      'readText /cg/cgroup.subtree_control',
      'readText /cg/docker/cgroup.subtree_control',
    ]);
  });

  describe.each(['EOPNOTSUPP', 'ENOENT', 'EINVAL', 'EACCES'])('for an ancestor that refuses a controller with %s', (code) => {
    const refusing = (): FakeSys => {
      const fake: FakeSys = hierarchy('cpu pids', {
        overrides: {
          writeFile: ({ path: given, text, directory }) => {
            const path = fake.resolve(given, directory);
            if (path === '/cg/cgroup.subtree_control' && text.includes('cpu')) throw systemError(code, 'write', path);
            fake.files.set(path, text);
          },
        },
      });
      return fake;
    };
    test('leaves out only that controller', async () => {
      const fake = refusing();
      expect((await create('/web', { pids: { limit: 5 } })).handedDown.controllers).toEqual(['pids']);
      expect(fake.files.get('/cg/cgroup.subtree_control')).toBe('+pids');
      expect(fake.files.get('/cg/web/pids.max')).toBe('5');
    });
    test('fails if a limit needs it, and leaves nothing behind', async () => {
      const fake = refusing();
      await expect(create('/web', { cpu: { shares: 5 } })).rejects.toThrow(
        expect.objectContaining({
          errno: code,
          path: '/cg/cgroup.subtree_control',
          hint: expect.stringContaining('/linux/resources/cpu/shares needs controller "cpu"') as string,
        }),
      );
      expect(fake.directories.has('/cg/web')).toBe(false);
    });
  });

  test('leaves an ancestor with processes alone: threaded controllers would make its children invalid', async () => {
    const fake = hierarchy('cpu pids', {
      files: {
        '/cg/cgroup.subtree_control': 'cpu pids',
        '/cg/a/cgroup.type': 'domain',
        '/cg/a/cgroup.procs': '5\n',
        '/cg/a/cgroup.subtree_control': '',
      },
    });
    expect((await create('/a/web', {})).handedDown.controllers).toEqual([]);
    expect(fake.files.get('/cg/a/cgroup.subtree_control')).toBe('');
    await expect(create('/a/other', { pids: { limit: 5 } })).rejects.toThrow(
      expect.objectContaining({ errno: 'EBUSY', hint: expect.stringContaining('"/cg/a" has processes of its own') as string }),
    );
  });

  test('writes pids.limit -1 if the controller is available', async () => {
    const fake = hierarchy('pids', { cgroupFiles: { 'pids.max': '7' } });
    await create('/web', { pids: { limit: -1 } });
    expect(fake.files.get('/cg/web/pids.max')).toBe('max');
  });

  test('needs no controller for a limit that holds anyway', async () => {
    hierarchy('', { cgroupFiles: {} });
    await expect(create('/web', { pids: { limit: -1 }, cpu: { idle: 0, quota: -1 }, memory: { swap: -1 } })).resolves.toBeDefined();
  });

  test('names a missing controller with its place and the remedy, and leaves nothing behind', async () => {
    const fake = hierarchy('hugetlb');
    await expect(create('/tsrun/web', { pids: { limit: 5 } })).rejects.toThrow(
      expect.objectContaining({
        code: 'controller-missing',
        message: 'set pids.max of cgroup "/cg/tsrun/web": controller "pids" is not available in "/cg"',
        path: '/linux/resources/pids/limit',
        hint: expect.stringContaining('cgroup_no_v1=pids') as string,
      }),
    );
    expect([...fake.directories].filter((path) => path.startsWith('/cg/'))).toEqual([]);
  });

  test("reports a controller that the kernel's command line disabled", async () => {
    hierarchy('');
    await expect(create('/web', { memory: { limit: 1 } })).rejects.toThrow(
      expect.objectContaining({ hint: expect.stringContaining('cgroup_disable=') as string }),
    );
  });

  test('says of a limit below what is in use (EBUSY) that it is not taken away', async () => {
    const fake: FakeSys = hierarchy('memory', {
      overrides: {
        writeFile: ({ path: given, text, directory }) => {
          const path = fake.resolve(given, directory);
          if (path === '/cg/web/memory.max') throw systemError('EBUSY', 'write', path);
          fake.files.set(path, text);
        },
      },
    });
    await expect(create('/web', { memory: { limit: 4096 } })).rejects.toThrow(
      expect.objectContaining({ errno: 'EBUSY', hint: expect.stringContaining('more than this is in use') as string }),
    );
  });

  test('names a value that the kernel refuses, with its file', async () => {
    const fake: FakeSys = hierarchy('pids', {
      overrides: {
        writeFile: ({ path: given, text, directory }) => {
          const path = fake.resolve(given, directory);
          if (path === '/cg/web/pids.max') throw systemError('EINVAL', 'write', path);
          fake.files.set(path, text);
        },
      },
    });
    await expect(create('/web', { pids: { limit: 7 } })).rejects.toThrow(
      expect.objectContaining({
        message: 'write "7" to "/cg/web/pids.max": invalid argument (EINVAL)',
        errno: 'EINVAL',
        path: '/linux/resources/pids/limit',
      }),
    );
  });

  test('uses an existing empty cgroup', async () => {
    hierarchy('', { files: { '/cg/web/cgroup.procs': '', '/cg/web/cgroup.freeze': '0' } });
    expect(await create('/web')).toMatchObject({ directory: '/cg/web', parents: [] });
  });

  test("refuses one with processes in runc's words, and keeps it", async () => {
    const fake = hierarchy('', { files: { '/cg/web/cgroup.procs': '10\n11\n', '/cg/web/cgroup.events': 'populated 1\n' } });
    await expect(create('/web')).rejects.toThrow("container's cgroup is not empty: 2 process(es) found");
    expect(fake.directories.has('/cg/web')).toBe(true);
  });

  test('refuses a frozen one, too', async () => {
    hierarchy('', { files: { '/cg/web/cgroup.procs': '', '/cg/web/cgroup.freeze': '1\n' } });
    await expect(create('/web')).rejects.toThrow("container's cgroup unexpectedly frozen");
  });

  test('refuses one with cgroups below it, and keeps it, them and its claim', async () => {
    const fake = hierarchy('', { files: { '/cg/web/cgroup.procs': '', '/cg/web/cgroup.freeze': '0' }, directories: ['/cg/web/a/b'] });
    await expect(create('/web')).rejects.toThrow(
      expect.objectContaining({ message: "container's cgroup is not empty: 2 cgroup(s) found below it", errno: 'EEXIST', path: '/cg/web' }),
    );
    expect(fake.directories.has('/cg/web/a/b')).toBe(true);
    expect(fake.sys.attribute({ path: '/cg/web', name: 'user.tsrun' })).toBe(null);
  });

  test('refuses a directory above other cgroups that tsrun created, and keeps them', async () => {
    const fake = hierarchy('');
    await create('/above/web');
    await expect(create('/above', undefined, 'two')).rejects.toThrow("container's cgroup is not empty: 1 cgroup(s) found below it");
    expect(fake.directories.has('/cg/above/web')).toBe(true);
    expect(fake.sys.attribute({ path: '/cg/above', name: 'user.tsrun' })).toBe('parent');
  });

  test('never removes what another creation makes below a shared directory meanwhile', async () => {
    let monotonic = 0;
    const fake: FakeSys = hierarchy('', {
      overrides: {
        clock: () => ({ realtime: 0, nanoseconds: 0, monotonic }),
        whenReadable: () => {
          fake.directories.add('/cg/above/late');
          monotonic += 1e9;
          return Promise.resolve(-1);
        },
      },
    });
    fake.sys.makeDirectory({ path: '/cg/above', mode: 0o1755 });
    fake.sys.setAttribute({ path: '/cg/above', name: 'user.tsrun', value: 'parent' });
    await expect(create('/above')).rejects.toThrow('device or resource busy');
    expect(fake.directories.has('/cg/above/late')).toBe(true);
  });

  test('creates a parent again that another delete removed meanwhile', async () => {
    let stolen = false;
    const fake: FakeSys = hierarchy('', {
      overrides: {
        makeDirectory: ({ path }) => {
          if (path === '/cg/tsrun/web' && !stolen) {
            stolen = true;
            fake.directories.delete('/cg/tsrun');
            throw systemError('ENOENT', 'mkdir', path);
          }
          fake.directories.add(path);
        },
      },
    });
    await create('/tsrun/web');
    expect(fake.directories.has('/cg/tsrun/web')).toBe(true);
  });

  test('claims the cgroup, so that only one of two creations on one path gets it', async () => {
    const fake = hierarchy('');
    const first = await create('/web');
    fake.files.set('/cg/web/cgroup.procs', '5\n');
    fake.files.set('/cg/web/cgroup.events', 'populated 1\n');
    await expect(create('/web', undefined, 'two')).rejects.toThrow("container's cgroup is not empty: 1 process(es) found");
    expect(fake.sys.attribute({ path: '/cg/web', name: 'user.tsrun' })).toBe('one');
    expect(fake.sys.status({ path: '/cg/web', follow: false })?.inode).toBe(first.inode);
  });

  test('replaces the cgroup of an ended container: no two containers have one inode', async () => {
    hierarchy('');
    const first = await create('/web');
    const second = await create('/web', undefined, 'two');
    expect(second.inode).not.toBe(first.inode);
  });

  test("leaves somebody else's directory unchanged if a limit cannot be set in it", async () => {
    const fake = hierarchy('', { files: { '/cg/web/cgroup.procs': '', '/cg/web/cgroup.freeze': '0' } });
    await expect(create('/web', { pids: { limit: 5 } })).rejects.toThrow('pids');
    expect(fake.directories.has('/cg/web')).toBe(true);
    expect(fake.sys.attribute({ path: '/cg/web', name: 'user.tsrun' })).toBe(null);
  });

  test('removes the parents that it created if a deeper directory cannot be created', async () => {
    const fake: FakeSys = hierarchy('', {
      directories: ['/cg/theirs'],
      overrides: {
        makeDirectory: ({ path }) => {
          if (path.endsWith('/3')) throw systemError('EAGAIN', 'mkdir', path);
          if (!fake.directories.has(path.slice(0, path.lastIndexOf('/')))) throw systemError('ENOENT', 'mkdir', path);
          fake.directories.add(path);
        },
      },
    });
    await expect(create('/theirs/1/2/3/web')).rejects.toThrow(
      expect.objectContaining({ errno: 'EAGAIN', hint: expect.stringContaining('cgroup.max.depth') as string }),
    );
    expect([...fake.directories].filter((path) => path.startsWith('/cg/'))).toEqual(['/cg/theirs']);
  });
});
