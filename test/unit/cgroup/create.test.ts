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
  test('without limits reads and writes nothing', () => {
    const fake = hierarchy('');
    expect(createCgroup({ host, path: '/tsrun/web', resources: {} })).toMatchObject({ directory: '/cg/tsrun/web', parents: ['/cg/tsrun'] });
    expect(fake.calls.map((call) => call.split(' ')[0])).toEqual(['access', 'makeDirectory', 'makeDirectory', 'open']);
  });

  test('hands down only the controllers that a limit needs', () => {
    // A real cgroup shows a controller once its parent has enabled it; the fake one shows what was written.
    const fake = hierarchy('cpu memory pids');
    fake.directories.add('/cg/tsrun');
    fake.files.set('/cg/tsrun/cgroup.controllers', 'cpu memory pids');
    fake.files.set('/cg/tsrun/cgroup.subtree_control', '');
    createCgroup({ host, path: '/tsrun/web', resources: { pids: { limit: 5 }, memory: { limit: -1 } } });
    expect(fake.files.get('/cg/cgroup.subtree_control')).toBe('+pids');
    expect(fake.files.get('/cg/tsrun/cgroup.subtree_control')).toBe('+pids');
    expect(fake.files.get('/cg/tsrun/web/pids.max')).toBe('5');
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
