import { describe, expect, test } from 'vitest';
import { createCgroup } from '../../../src/cgroup/create.js';
import { planCgroup } from '../../../src/cgroup/plan.js';
import { bindFakeDoor, systemError, type FakeDoor, type FakeDoorOptions } from '../fake_door.js';

const mount = '/cg';
const host = { cgroupMount: mount };

function hierarchy(controllers: string, more: FakeDoorOptions = {}): FakeDoor {
  return bindFakeDoor({
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

describe('the plan', () => {
  test('names the parents that are missing, outermost first', () => {
    hierarchy('', { directories: ['/cg/a'] });
    expect(planCgroup({ host, path: '/a/b/c/web' })).toEqual({ mount, directory: '/cg/a/b/c/web', parents: ['/cg/a/b', '/cg/a/b/c'] });
  });
  test('takes the default parent for its own, also where another container made it', () => {
    bindFakeDoor({ cgroupMount: mount, directories: ['/cg/tsrun'] });
    expect(planCgroup({ host, path: '/tsrun/web' }).parents).toEqual(['/cg/tsrun']);
  });
  test('needs a hierarchy', () => {
    expect(() => planCgroup({ host: { cgroupMount: null }, path: '/a' })).toThrow(expect.objectContaining({ code: 'unsupported' }));
  });
});

describe('creation', () => {
  test('writes no controllers where all are enabled, as in the root after the first container', () => {
    const fake = hierarchy('memory pids', { files: { '/cg/cgroup.subtree_control': 'pids memory\n' } });
    expect(createCgroup({ host, path: '/web', resources: {} })).toMatchObject({ directory: '/cg/web', handedDown: { controllers: ['memory', 'pids'], refusals: [] } });
    expect(fake.calls.filter((call) => /^(read|write)/.test(call))).toEqual(['readText /cg/cgroup.controllers', 'readText /cg/cgroup.subtree_control']);
  });

  test('hands every controller down through each ancestor, reading each once and writing what is missing', () => {
    const fake = hierarchy('cpu memory pids', { files: { '/cg/cgroup.subtree_control': 'memory' }, directories: ['/cg/docker'] });
    fake.files.set('/cg/docker/cgroup.subtree_control', '');
    expect(createCgroup({ host, path: '/docker/web', resources: undefined }).handedDown.controllers).toEqual(['cpu', 'memory', 'pids']);
    expect(fake.files.get('/cg/cgroup.subtree_control')).toBe('+cpu +pids');
    expect(fake.files.get('/cg/docker/cgroup.subtree_control')).toBe('+cpu +memory +pids');
    expect(fake.calls.filter((call) => call.startsWith('readText'))).toEqual([
      'readText /cg/cgroup.controllers',
      'readText /cg/cgroup.subtree_control',
      'readText /cg/docker/cgroup.subtree_control',
    ]);
  });

  describe.each(['EOPNOTSUPP', 'ENOENT', 'EINVAL', 'EACCES'])('an ancestor that refuses a controller with %s', (code) => {
    const refusing = (): FakeDoor => {
      const fake: FakeDoor = hierarchy('cpu pids', {
        overrides: {
          writeFile: ({ path, text }) => {
            if (path === '/cg/cgroup.subtree_control' && text.includes('cpu')) throw systemError(code, 'write', path);
            fake.files.set(path, text);
          },
        },
      });
      return fake;
    };
    test('keeps only that one away', () => {
      const fake = refusing();
      expect(createCgroup({ host, path: '/web', resources: { pids: { limit: 5 } } }).handedDown.controllers).toEqual(['pids']);
      expect(fake.files.get('/cg/cgroup.subtree_control')).toBe('+pids');
      expect(fake.files.get('/cg/web/pids.max')).toBe('5');
    });
    test('is an error where a limit needs it, and nothing stays', () => {
      const fake = refusing();
      expect(() => createCgroup({ host, path: '/web', resources: { cpu: { shares: 5 } } })).toThrow(
        expect.objectContaining({ errno: code, path: '/cg/cgroup.subtree_control', hint: expect.stringContaining('/linux/resources/cpu/shares needs controller "cpu"') as string }),
      );
      expect(fake.directories.has('/cg/web')).toBe(false);
    });
  });

  test('an ancestor with processes is left alone: threaded controllers would make its children invalid', () => {
    const fake = hierarchy('cpu pids', { files: { '/cg/cgroup.subtree_control': 'cpu pids', '/cg/a/cgroup.type': 'domain', '/cg/a/cgroup.procs': '5\n', '/cg/a/cgroup.subtree_control': '' } });
    expect(createCgroup({ host, path: '/a/web', resources: {} }).handedDown.controllers).toEqual([]);
    expect(fake.files.get('/cg/a/cgroup.subtree_control')).toBe('');
    expect(() => createCgroup({ host, path: '/a/other', resources: { pids: { limit: 5 } } })).toThrow(
      expect.objectContaining({ errno: 'EBUSY', hint: expect.stringContaining('"/cg/a" has processes of its own') as string }),
    );
  });

  test('pids.limit -1 is written where the controller is', () => {
    const fake = hierarchy('pids', { cgroupFiles: { 'pids.max': '7' } });
    createCgroup({ host, path: '/web', resources: { pids: { limit: -1 } } });
    expect(fake.files.get('/cg/web/pids.max')).toBe('max');
  });

  test('a limit that holds anyway needs no controller', () => {
    hierarchy('', { cgroupFiles: {} });
    expect(() => createCgroup({ host, path: '/web', resources: { pids: { limit: -1 }, cpu: { idle: 0, quota: -1 }, memory: { swap: -1 } } })).not.toThrow();
  });

  test('a missing controller is named with its place and the remedy, and nothing stays', () => {
    const fake = hierarchy('hugetlb');
    expect(() => createCgroup({ host, path: '/tsrun/web', resources: { pids: { limit: 5 } } })).toThrow(
      expect.objectContaining({
        code: 'controller-missing',
        message: 'set pids.max of cgroup "/cg/tsrun/web": controller "pids" is not available in "/cg"',
        path: '/linux/resources/pids/limit',
        hint: expect.stringContaining('cgroup_no_v1=pids') as string,
      }),
    );
    expect([...fake.directories].filter((path) => path.startsWith('/cg/'))).toEqual([]);
  });

  test('a controller that the command line of the kernel switched off is called so', () => {
    hierarchy('');
    expect(() => createCgroup({ host, path: '/web', resources: { memory: { limit: 1 } } })).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('cgroup_disable=') as string }),
    );
  });

  test('a value that the kernel refuses is named with its file', () => {
    const fake: FakeDoor = hierarchy('pids', {
      overrides: {
        writeFile: ({ path, text }) => {
          if (path === '/cg/web/pids.max') throw systemError('EINVAL', 'write', path);
          fake.files.set(path, text);
        },
      },
    });
    expect(() => createCgroup({ host, path: '/web', resources: { pids: { limit: 7 } } })).toThrow(
      expect.objectContaining({ message: 'write "7" to "/cg/web/pids.max": invalid argument (EINVAL)', errno: 'EINVAL', path: '/linux/resources/pids/limit' }),
    );
  });

  test('an empty cgroup that is there is taken', () => {
    hierarchy('', { files: { '/cg/web/cgroup.procs': '', '/cg/web/cgroup.freeze': '0' } });
    expect(createCgroup({ host, path: '/web', resources: undefined })).toMatchObject({ directory: '/cg/web', parents: [] });
  });

  test("one with processes is refused in runc's words, and stays", () => {
    const fake = hierarchy('', { files: { '/cg/web/cgroup.procs': '10\n11\n' } });
    expect(() => createCgroup({ host, path: '/web', resources: undefined })).toThrow("container's cgroup is not empty: 2 process(es) found");
    expect(fake.directories.has('/cg/web')).toBe(true);
  });

  test('so is a frozen one', () => {
    hierarchy('', { files: { '/cg/web/cgroup.procs': '', '/cg/web/cgroup.freeze': '1\n' } });
    expect(() => createCgroup({ host, path: '/web', resources: undefined })).toThrow("container's cgroup unexpectedly frozen");
  });

  test('a parent that another delete removes meanwhile is made again', () => {
    let stolen = false;
    const fake: FakeDoor = hierarchy('', {
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
    createCgroup({ host, path: '/tsrun/web', resources: undefined });
    expect(fake.directories.has('/cg/tsrun/web')).toBe(true);
  });
});
