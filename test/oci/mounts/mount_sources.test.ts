import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import {
  afterTest,
  describe,
  expect,
  inside,
  joinNamespace,
  newDirectory,
  running,
  stateOf,
  test,
  type Config,
  type Mount,
} from '../harness/index.js';

const first = 100_000;
const own = { owner: first };

function mapped(config: Config): void {
  config.linux.namespaces.push({ type: 'user' });
  config.linux.uidMappings = [{ containerID: 0, hostID: first, size: 65_536 }];
  config.linux.gidMappings = [{ containerID: 0, hostID: first, size: 65_536 }];
}

/** With the right to mount. */
const administrator = (config: Config): void => {
  mapped(config);
  for (const set of ['bounding', 'effective', 'permitted'] as const) config.process.capabilities?.[set]?.push('CAP_SYS_ADMIN');
};

const bind = (source: string, destination: string, more: Partial<Mount> = {}): Mount => ({
  destination,
  type: 'bind',
  source,
  options: ['bind'],
  ...more,
});
const identity = { uidMappings: [{ containerID: 0, hostID: 0, size: 65_536 }], gidMappings: [{ containerID: 0, hostID: 0, size: 65_536 }] };

/** A directory of the host that everybody can reach, on a file system that supports id-mapped mounts. */
function source(): string {
  const directory = newDirectory();
  chmodSync(directory, 0o755);
  mkdirSync(`${directory}/open`);
  mkdirSync(`${directory}/closed`, { mode: 0o700 });
  writeFileSync(`${directory}/open/file`, 'open\n');
  writeFileSync(`${directory}/closed/file`, 'closed\n');
  return directory;
}

function mountOnHost(target: string, args: readonly string[]): void {
  execFileSync('mount', [...args, target]);
  afterTest(() => execFileSync('umount', ['-R', '-l', target]));
}

describe('a bind mount resolves its source through earlier mounts', () => {
  const ordered: readonly (readonly [string, (config: Config) => void, string, Partial<Mount>])[] = [
    ['without a user namespace', () => undefined, 'open', {}],
    ['in a user namespace', mapped, 'open', {}],
    ['in a user namespace whose root cannot reach it', mapped, 'closed', {}],
    ['id-mapped', () => undefined, 'open', identity],
    ['id-mapped in a user namespace', mapped, 'open', identity],
  ];
  test.each(ordered)('%s', async (_, namespace, name, more) => {
    const config = (one: Config): void => {
      namespace(one);
      one.mounts.push(bind(source(), '/tmp'), bind(`rootfs/tmp/${name}/file`, '/home/file', more));
    };
    expect(await inside('cat /home/file', config, namespace === mapped ? own : {})).toBe(name);
  });

  test('in a joined user namespace', async () => {
    const owner = await running({ config: mapped, ...own });
    const { pid } = await stateOf(owner.id);
    const config = (one: Config): void => {
      joinNamespace(one, 'user', `/proc/${pid}/ns/user`);
      one.mounts.push(bind(source(), '/tmp'), bind('rootfs/tmp/closed/file', '/home/file'));
    };
    expect(await inside('cat /home/file', config, own)).toBe('closed');
  });

  test('and binds what an earlier mount covered the source with', async () => {
    const config = (one: Config): void => {
      mapped(one);
      one.mounts.push({ destination: '/root', type: 'tmpfs', source: 'tmpfs', options: ['mode=755'] }, bind('rootfs/root', '/home'));
    };
    expect(await inside('echo text >/root/file && cat /home/file', config, own)).toBe('text');
  });

  test("and follows the symlinks of the container's mounts on paths that root of a user namespace cannot reach", async () => {
    const directory = source();
    execFileSync('ln', ['-s', `${directory}/closed/file`, `${directory}/link`]);
    expect(await inside('cat /home/file', (one) => (mapped(one), void one.mounts.push(bind(`${directory}/link`, '/home/file'))), own)).toBe(
      'closed',
    );
  });
});

describe('restrictions of a host mount stay in a user namespace', () => {
  const kinds: readonly (readonly [string, string, Partial<Mount>])[] = [
    ['of a source that its root can reach', 'open', {}],
    ['of a source that its root cannot reach', 'closed', {}],
    ['of a source whose mounts are taken along', 'open', { options: ['rbind'] }],
    ['of an id-mapped source', 'open', { options: ['bind', 'idmap'] }],
    ['of a source that is asked for rw', 'open', { options: ['bind', 'rw', 'suid', 'dev', 'exec'] }],
  ];
  const script = (words: string): string =>
    `chmod 0 /home 2>/dev/null && exit 3; for w in ${words}; do mount -o remount,bind,$w /home 2>/dev/null && echo changed $w; done; grep ' /home ' /proc/self/mounts | cut -d' ' -f4 | cut -d, -f1-4`;

  test.each(kinds)('%s', async (_, name, more) => {
    const directory = source();
    mountOnHost(directory, ['--bind', directory]);
    execFileSync('mount', ['-o', 'remount,bind,ro,nosuid,nodev,noexec', directory]);
    const config = (one: Config): void => (administrator(one), void one.mounts.push(bind(`${directory}/${name}`, '/home', more)));
    expect(await inside(script('rw rw,nosuid rw,nosuid,nodev rw,nosuid,nodev,noexec'), config, own)).toBe('ro,nosuid,nodev,noexec');
  });

  test('on a directory that is bound without the mounts below it', async () => {
    const directory = source();
    mountOnHost(directory, ['--bind', directory]);
    mountOnHost(`${directory}/open`, ['-t', 'tmpfs', 'none']);
    execFileSync('mount', ['-o', 'remount,bind,ro,nosuid,nodev,noexec', directory]);
    const config = (one: Config): void => (administrator(one), void one.mounts.push(bind(directory, '/home')));
    expect(await inside(`cat /home/open/file; ${script('rw rw,nosuid,nodev,noexec')}`, config, own)).toBe('open\nro,nosuid,nodev,noexec');
  });
});

test('a directory with mounts below it can be bound without them in a user namespace', async () => {
  const directory = source();
  mountOnHost(directory, ['--bind', directory]);
  mountOnHost(`${directory}/open`, ['-t', 'tmpfs', 'none']);
  const config = (one: Config): void => (mapped(one), void one.mounts.push(bind(directory, '/home')));
  expect(await inside('cat /home/open/file', config, own)).toBe('open');
});

test.each(['without', 'with'])('an unbindable mount can be the source of a bind mount %s a user namespace', async (word) => {
  const directory = source();
  mountOnHost(directory, ['--bind', directory]);
  execFileSync('mount', ['--make-unbindable', directory]);
  const config = (one: Config): void => {
    if (word === 'with') mapped(one);
    one.mounts.push(bind(directory, '/home'));
  };
  expect(await inside('cat /home/open/file', config, own)).toBe('open');
});
