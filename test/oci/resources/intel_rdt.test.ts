import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import {
  can,
  describe,
  expect,
  fail,
  makeBundle,
  newDirectory,
  newId,
  refused,
  runtime,
  stateOf,
  succeed,
  test,
  untilStatus,
  type Bundle,
  type Config,
  type Outcome,
} from '../harness/index.js';

interface IntelRdt {
  closID?: string;
  l3CacheSchema?: string;
  memBwSchema?: string;
  schemata?: string[];
  enableMonitoring?: boolean;
}

/**
 * A tree with the files of a resctrl file system, which needs a processor that most machines do not have. Its directories have files only
 * once somebody writes them.
 */
function fakeResctrl(): string {
  const tree = newDirectory();
  mkdirSync(`${tree}/info`);
  writeFileSync(`${tree}/schemata`, 'L3:0=ff;1=ff\nMB:0=100;1=100\n');
  writeFileSync(`${tree}/tasks`, '');
  return tree;
}

/** Runs as a caller who has the tree at /sys/fs/resctrl, where the kernel's directory may be missing. */
const withResctrl = (tree: string): string[] => {
  const script = `set -e
    mkdir -p ${tree}.cgroup && mount --rbind /sys/fs/cgroup ${tree}.cgroup && mount -t tmpfs tmpfs /sys/fs
    mkdir /sys/fs/cgroup /sys/fs/resctrl && mount --rbind ${tree}.cgroup /sys/fs/cgroup && umount -l ${tree}.cgroup && mount --bind ${tree} /sys/fs/resctrl
    exec "$@"`;
  return ['unshare', '-m', '--propagation', 'private', 'sh', '-c', script, 'sh'];
};

const bundleWith = (intelRdt: IntelRdt): Bundle => makeBundle({ config: (config: Config) => void (config.linux['intelRdt'] = intelRdt) });

interface Made {
  readonly id: string;
  call(...args: readonly string[]): Promise<Outcome>;
  pid(): Promise<number>;
}

async function made(tree: string, intelRdt: IntelRdt): Promise<Made> {
  const id = newId();
  const call = (...args: readonly string[]): Promise<Outcome> => runtime(args, { wrapper: withResctrl(tree) });
  succeed(await call('create', '--bundle', bundleWith(intelRdt).directory, id));
  return { id, call, pid: async () => (await stateOf(id)).pid };
}

const read = (path: string): string => readFileSync(path, 'utf8');

/** In a real resctrl, the files of a group disappear with its directory. */
function emptyGroup(directory: string): void {
  for (const name of ['tasks', 'schemata']) rmSync(`${directory}/${name}`, { force: true });
}

describe.runIf(can.believeResctrlTree)('intelRdt', () => {
  test("creates a class with the container's id, writes its schemata, enters it, and removes it", async () => {
    const tree = fakeResctrl();
    const { id, call, pid } = await made(tree, { l3CacheSchema: 'L3:0=f;1=f', memBwSchema: 'MB:0=20;1=70' });
    expect(read(`${tree}/${id}/schemata`)).toBe('L3:0=f;1=f\nMB:0=20;1=70\n');
    expect(read(`${tree}/${id}/tasks`)).toBe(String(await pid()));
    emptyGroup(`${tree}/${id}`);
    succeed(await call('delete', '--force', id));
    expect(existsSync(`${tree}/${id}`)).toBe(false);
  });

  test('creates the class closID, with the lines of schemata unchanged', async () => {
    const tree = fakeResctrl();
    const { id, call } = await made(tree, { closID: 'gold', schemata: ['L3:0=3', 'MB:1=50'] });
    expect(read(`${tree}/gold/schemata`)).toBe('L3:0=3\nMB:1=50\n');
    emptyGroup(`${tree}/gold`);
    succeed(await call('delete', '--force', id));
    expect(existsSync(`${tree}/gold`)).toBe(false);
  });

  test('uses an existing class, and leaves it', async () => {
    const tree = fakeResctrl();
    mkdirSync(`${tree}/gold`);
    const { id, call, pid } = await made(tree, { closID: 'gold' });
    expect(read(`${tree}/gold/tasks`)).toBe(String(await pid()));
    expect(existsSync(`${tree}/gold/schemata`)).toBe(false);
    emptyGroup(`${tree}/gold`);
    succeed(await call('delete', '--force', id));
    expect(existsSync(`${tree}/gold`)).toBe(true);
  });

  test('keeps a class that others have started to use', async () => {
    const tree = fakeResctrl();
    const { id, call } = await made(tree, { closID: 'gold', l3CacheSchema: 'L3:0=f' });
    writeFileSync(`${tree}/gold/tasks`, '1\n');
    succeed(await call('delete', '--force', id));
    expect(existsSync(`${tree}/gold`)).toBe(true);
  });

  test('enableMonitoring creates a monitoring group for the container', async () => {
    const tree = fakeResctrl();
    mkdirSync(`${tree}/gold/mon_groups`, { recursive: true });
    const { id, call, pid } = await made(tree, { closID: 'gold', enableMonitoring: true });
    expect(read(`${tree}/gold/mon_groups/${id}/tasks`)).toBe(String(await pid()));
    emptyGroup(`${tree}/gold/mon_groups/${id}`);
    succeed(await call('delete', '--force', id));
    expect(existsSync(`${tree}/gold/mon_groups/${id}`)).toBe(false);
    expect(existsSync(`${tree}/gold/mon_groups`)).toBe(true);
  });

  test('is applied to exec, too', async () => {
    const tree = fakeResctrl();
    const { id, call } = await made(tree, { l3CacheSchema: 'L3:0=f' });
    succeed(await call('start', id));
    await untilStatus(id, 'running');
    const pidFile = `${tree}.pid`;
    writeFileSync(`${tree}/${id}/tasks`, '');
    succeed(await call('exec', '--pid-file', pidFile, id, 'true'));
    expect(read(`${tree}/${id}/tasks`)).toContain(read(pidFile));
    emptyGroup(`${tree}/${id}`);
    succeed(await call('delete', '--force', id));
  });

  test('requires an existing class for a closID without schemata', async () => {
    const tree = fakeResctrl();
    const said = fail(
      await runtime(['create', '--bundle', bundleWith({ closID: 'gold' }).directory, newId()], { wrapper: withResctrl(tree) }),
    );
    expect(said).toContain('"/sys/fs/resctrl/gold"');
    expect(existsSync(`${tree}/gold`)).toBe(false);
  });

  test('refuses a class with other schemata', async () => {
    const tree = fakeResctrl();
    mkdirSync(`${tree}/gold`);
    writeFileSync(`${tree}/gold/schemata`, 'L3:0=ff\n');
    const said = fail(
      await runtime(['create', '--bundle', bundleWith({ closID: 'gold', l3CacheSchema: 'L3:0=f' }).directory, newId()], {
        wrapper: withResctrl(tree),
      }),
    );
    expect(said).toContain('L3:0=ff for L3:0=f');
    expect(read(`${tree}/gold/schemata`)).toBe('L3:0=ff\n');
  });
});

describe.runIf(can.runcCommand)('an invalid class name', () => {
  test.each(['..', 'a/b'])('closID %s is refused', async (closID) => {
    const said = fail(
      await runtime(['create', '--bundle', bundleWith({ closID }).directory, newId()], { wrapper: withResctrl(fakeResctrl()) }),
    );
    expect(said).toContain('invalid intelRdt.ClosID');
  });
});

describe.runIf(!existsSync('/sys/fs/resctrl/info'))('without resctrl', () => {
  test.runIf(can.runcCommand)('refuses intelRdt', async () => {
    const said = await refused((config) => void (config.linux['intelRdt'] = { closID: 'gold', l3CacheSchema: 'L3:0=f' }));
    expect(said).toMatch(/Intel RDT(\/CAT)? is not (supported or )?enabled/);
  });
});
