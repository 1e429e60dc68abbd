import { describe, expect, it } from 'vitest';
import { spawnInCgroup } from '../../../../src/container/exec/cgroup.js';
import type { RuntimeError } from '../../../../src/errors/runtime_error.js';
import { Child } from '../../../../src/init/child.js';
import type { Fd } from '../../../../src/sys/contract.js';
import type { ContainerRecord } from '../../../../src/state/record.js';
import { bindFakeSys, systemError, type FakeSys, type FakeSysOptions } from '../../fake_sys.js';

const mount = '/sys/fs/cgroup/unified';
const container = `${mount}/tsrun/web`;
const init = `${container}/init.scope`;

const record = (cgroup: string | null, cgroupInode: number): ContainerRecord => ({
  version: 1,
  ociVersion: '1.2.0',
  id: 'web',
  pid: 7,
  startTime: 1,
  bundle: '/bundle',
  rootfs: '/bundle/rootfs',
  created: '2026-01-01T00:00:00Z',
  owner: 'root',
  cgroup,
  cgroupInode,
  cgroupParents: [],
  noNewKeyring: false,
  spec: { ociVersion: '1.2.0', root: { path: 'rootfs' } },
});

const born = new Child({ pid: 8, pidfd: 30, socket: 31, respawns: false });

/** A hybrid host whose container's init, process 7, is in a cgroup that it created itself. */
const host = (more: FakeSysOptions = {}): FakeSys =>
  bindFakeSys({
    directories: [init, `${container}/below/deep`],
    ...more,
    files: { '/proc/7/cgroup': '2:pids:/x\n1:name=systemd:/y\n0::/tsrun/web/init.scope\n', '/proc/self/mountinfo': '', ...more.files },
    overrides: {
      filesystemType: ({ path }) => {
        if (path !== mount) throw systemError('ENOENT', 'statfs', path);
        return 0x63677270;
      },
      ...more.overrides,
    },
  });

interface Trial {
  readonly cgroup?: string | null;
  readonly asked?: string;
  /** The error of clone3 into each of these cgroups. */
  readonly refuse?: Readonly<Record<string, Error>>;
}

interface Tried {
  /** The cgroups into which it tried to clone, in order. */
  readonly places: readonly string[];
  readonly spawned?: Child;
  readonly error?: RuntimeError;
}

async function attempt(fake: FakeSys, { cgroup = container, asked, refuse = {} }: Trial = {}): Promise<Tried> {
  const places: string[] = [];
  const spawn = (fd: Fd): Child => {
    // The earlier ones have been closed, and this one has not.
    if (places.length > 0) expect(closes(fake)).toBeGreaterThan(0);
    const opened = fake.calls
      .filter((call) => call.startsWith('open '))
      .at(-1)
      ?.slice('open '.length);
    const place = fd < 0 ? "the caller's" : (opened ?? 'unopened');
    places.push(place);
    if (refuse[place] !== undefined) throw refuse[place];
    return born;
  };
  const inode = fake.sys.status({ path: cgroup ?? '', follow: false })?.inode ?? 1;
  fake.calls.length = 0;
  const outcome = await spawnInCgroup({ record: record(cgroup, inode), asked, spawn }).then(
    (spawned) => ({ spawned }),
    (error: unknown) => ({ error: error as RuntimeError }),
  );
  return { places, ...outcome };
}

const closes = (fake: FakeSys): number => fake.calls.filter((call) => call === 'close').length;
const opens = (fake: FakeSys): number => fake.calls.filter((call) => call.startsWith('open ')).length;

const clone3 = (code: string): Error => systemError(code, 'clone3', 'tsrun-init');

describe('a process of exec is cloned', () => {
  it("into the container's cgroup, which is closed afterwards", async () => {
    const fake = host();
    expect(await attempt(fake)).toEqual({ places: [container], spawned: born });
    expect(closes(fake)).toBe(opens(fake));
  });

  it("into the caller's cgroup if the container has none", async () => {
    expect(await attempt(host(), { cgroup: null })).toEqual({ places: ["the caller's"], spawned: born });
  });

  it.each(['EBUSY', 'ENOENT', 'ENODEV'])(
    "into the cgroup of the container's init if clone3 fails with %s for the container's",
    async (code) => {
      const fake = host();
      expect(await attempt(fake, { refuse: { [container]: clone3(code) } })).toEqual({ places: [container, init], spawned: born });
      expect(closes(fake)).toBe(opens(fake));
    },
  );

  it("into the cgroup of the container's init if the container's is gone", async () => {
    expect(await attempt(host({ directories: [`${mount}/elsewhere`], files: { '/proc/7/cgroup': '0::/elsewhere\n' } }))).toEqual({
      places: [`${mount}/elsewhere`],
      spawned: born,
    });
  });

  it('into the root cgroup if init has been moved there', async () => {
    const tried = await attempt(host({ directories: [container, `${mount}/`], files: { '/proc/7/cgroup': '0::/\n' } }), {
      refuse: { [container]: clone3('EBUSY') },
    });
    expect(tried.places).toEqual([container, `${mount}/`]);
  });

  it.each([
    ['below', `${container}/below`],
    ['/below/./deep/', `${container}/below/deep`],
    ['/', container],
  ])('into the requested cgroup: %s', async (asked, place) => {
    expect((await attempt(host(), { asked })).places).toEqual([place]);
  });
});

describe('exec tries no other cgroup', () => {
  it.each([
    ['EAGAIN', expect.stringContaining('limit of processes') as string],
    ['EACCES', expect.stringContaining('not delegated') as string],
    ['EOPNOTSUPP', undefined],
  ])('after %s of clone3', async (code, hint) => {
    const fake = host();
    const { places, error } = await attempt(fake, { refuse: { [container]: clone3(code) } });
    expect(places).toEqual([container]);
    expect(error).toMatchObject({ errno: code, operation: 'clone3', path: 'web', hint });
    expect(closes(fake)).toBe(opens(fake));
  });

  it('after an error of a call other than clone3', async () => {
    const { places, error } = await attempt(host(), { refuse: { [container]: systemError('ENOENT', 'memfd_create', 'tsrun-init') } });
    expect(places).toEqual([container]);
    expect(error).toMatchObject({ errno: 'ENOENT' });
  });

  it('after a bug of our own', async () => {
    const { places, error } = await attempt(host(), { refuse: { [container]: new TypeError('mistake') } });
    expect(places).toEqual([container]);
    expect(error?.code).toBe('internal');
  });

  it("if the container's may not be opened", async () => {
    const open = (): never => {
      throw systemError('EACCES', 'openat2', container);
    };
    const { places, error } = await attempt(host({ overrides: { open } }));
    expect(places).toEqual([]);
    expect(error?.message).toBe(`open cgroup "${container}": permission denied (EACCES)`);
  });

  it.each(['EBUSY', 'ENOENT', 'ENODEV'])('if one was requested, and clone3 fails with %s', async (code) => {
    const { places, error } = await attempt(host(), { asked: 'below', refuse: { [`${container}/below`]: clone3(code) } });
    expect(places).toEqual([`${container}/below`]);
    expect(error).toMatchObject({ errno: code, operation: 'enter cgroup', path: `${container}/below` });
    expect(error?.hint).toContain('--cgroup');
  });

  it('if the requested one does not exist', async () => {
    const { places, error } = await attempt(host(), { asked: 'nowhere' });
    expect(places).toEqual([]);
    expect(error).toMatchObject({ errno: 'ENOENT', operation: 'open cgroup', path: `${container}/nowhere` });
  });

  it.each(['..', 'below/../..', '/../web'])("if the requested one is not below the container's: %s", async (asked) => {
    const fake = host();
    expect((await attempt(fake, { asked })).error?.code).toBe('usage');
    expect(fake.calls).toEqual([]);
  });
});

describe("exec fails if it can enter neither the container's cgroup nor that of its init", () => {
  const busy = { refuse: { [container]: clone3('EBUSY') } };
  const readText = (error: Error) => (): never => {
    throw error;
  };

  it("because init's cgroup is gone, too", async () => {
    const { places, error } = await attempt(host({ files: { '/proc/7/cgroup': '0::/gone\n' } }), busy);
    expect(places).toEqual([container]);
    expect(error?.message).toBe(`open cgroup "${mount}/gone": no such file or directory (ENOENT)`);
  });

  it("because init's cgroup takes no processes, either", async () => {
    const fake = host();
    const { places, error } = await attempt(fake, { refuse: { [container]: clone3('EBUSY'), [init]: clone3('EBUSY') } });
    expect(places).toEqual([container, init]);
    expect(error?.message).toBe(`enter cgroup "${init}": device or resource busy (EBUSY)`);
    expect(closes(fake)).toBe(opens(fake));
  });

  it.each(['ENOENT', 'ESRCH'])('because init has ended: %s', async (code) => {
    const { error } = await attempt(host({ overrides: { readText: readText(systemError(code, 'read', '/proc/7/cgroup')) } }), busy);
    expect(error?.message).toBe('cannot exec in a stopped container');
  });

  it("because the name of init's cgroup cannot be read", async () => {
    const { error } = await attempt(host({ overrides: { readText: readText(systemError('EILSEQ', 'read', '/proc/7/cgroup')) } }), busy);
    expect(error).toMatchObject({ errno: 'EILSEQ', operation: 'read', path: '/proc/7/cgroup' });
  });

  it.each([
    ['init is on no cgroup v2', '2:pids:/x\n'],
    ["init is above the root of the caller's cgroup namespace", '0::/..\n'],
    ["init is beside the root of the caller's cgroup namespace", '0::/../other\n'],
  ])('because %s', async (_, text) => {
    const { places, error } = await attempt(host({ files: { '/proc/7/cgroup': text } }), busy);
    expect(places).toEqual([container]);
    expect(error?.message).toMatch(/^find cgroup of process 7: /);
  });

  it('because cgroup v2 is not mounted any more', async () => {
    const filesystemType = (): number => 0x01021994;
    const { error } = await attempt(host({ overrides: { filesystemType } }), busy);
    expect(error?.message).toBe('find cgroup of process 7: no cgroup v2 hierarchy is mounted');
  });
});
