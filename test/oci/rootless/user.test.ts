import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, makeBundle, newDirectory, newId, runtime, start, test, type Config } from '../harness/index.js';
import { asUser, bundleOf, call, home, isExecutable, user } from './home.js';

describe.runIf(isExecutable)('a user who is not root', () => {
  test('runs a container of `spec --rootless`, as root of its user namespace', async () => {
    const at = home();
    const script = 'id -u; cat /proc/self/uid_map /proc/self/setgroups; echo $$; hostname; echo x > /dev/null; touch /x; test -c /dev/zero';
    const outcome = await call(at, ['run', '--bundle', await bundleOf(at, script), newId()]);
    expect(outcome.stdout.trim().split(/\s+/)).toEqual(['0', '0', String(user), '1', 'deny', '1', 'tsrun']);
    expect(outcome.stderr).toContain('Read-only file system');
    expect(outcome.code).toBe(0);
  });

  test('creates, starts, lists, enters, signals and deletes one; nothing is left, and nobody else could read it', async () => {
    const at = home();
    const id = newId();
    const bundle = await bundleOf(at, 'sleep 1000');
    expect(await call(at, ['create', '--bundle', bundle, id])).toMatchObject({ code: 0 });
    const root = join(at.runtime, 'tsrun');
    expect([root, join(root, id)].map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o700]);
    expect(statSync(join(root, id, 'state.json')).mode & 0o777).toBe(0o600);
    expect(await call(at, ['start', id])).toMatchObject({ code: 0 });
    expect(JSON.parse((await call(at, ['state', id])).stdout)).toMatchObject({ status: 'running', owner: 'nobody' });
    expect(await call(at, ['list', '-q'])).toMatchObject({ stdout: `${id}\n` });
    expect(await call(at, ['exec', id, 'sh', '-c', 'id -u; cat /proc/self/setgroups'])).toMatchObject({ code: 0, stdout: '0\ndeny\n' });
    expect((await call(at, ['exec', '--additional-gids', '7', id, 'true'])).stderr).toContain('user namespace denies setgroups');
    expect((await call(at, ['ps', id])).stdout).toContain('sleep 1000');
    for (const verb of [['pause'], ['update', '--pids-limit', '9']]) {
      expect(await call(at, [...verb, id])).toMatchObject({ stderr: expect.stringContaining('it has no cgroup') as string });
    }
    expect(await call(at, ['kill', id, 'KILL'])).toMatchObject({ code: 0 });
    expect(await call(at, ['delete', '--force', id])).toMatchObject({ code: 0, stderr: '' });
    expect(readdirSync(root)).toEqual([]);
  });

  test('is told which limit has no effect, and how to have a cgroup', async () => {
    const at = home();
    const bundle = await bundleOf(at, 'true', (config) => (config.linux.resources = { pids: { limit: 5 } }));
    const outcome = await call(at, ['run', '--bundle', bundle, newId()]);
    expect(outcome.stderr).toContain('limit "/linux/resources/pids/limit": this user may not make a cgroup');
    expect(outcome.stderr).toContain('use --systemd-cgroup');
    expect(outcome.code).not.toBe(0);
    expect(existsSync(join(at.runtime, 'tsrun')) ? readdirSync(join(at.runtime, 'tsrun')) : []).toEqual([]);
  });

  test('cannot lower the OOM score below its own, which is an error as in runc and crun, and raises it', async () => {
    const at = home();
    const lower = await bundleOf(at, 'true', (config) => (config.process.oomScoreAdj = -500));
    const refused = await call(at, ['run', '--bundle', lower, newId()]);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toMatch(/oom_score_adj.*permission denied.*lowering the score needs CAP_SYS_RESOURCE/);
    expect(readdirSync(join(at.runtime, 'tsrun'))).toEqual([]);
    const higher = await bundleOf(at, 'cat /proc/self/oom_score_adj', (config) => (config.process.oomScoreAdj = 700));
    expect(await call(at, ['run', '--bundle', higher, newId()])).toMatchObject({ code: 0, stdout: '700\n' });
  });

  test('with --rootless=false asks for what only root may do, and root with --rootless=true does without', async () => {
    const at = home();
    const bundle = await bundleOf(at, 'true');
    const refused = await call(at, ['--rootless=false', 'run', '--bundle', bundle, newId()]);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain('make cgroup');
    expect(readdirSync(join(at.runtime, 'tsrun'))).toEqual([]);
    const device = makeBundle({
      script: '(: </dev/fuse) 2>&1',
      config: ({ linux }) => {
        linux.devices = [{ path: '/dev/fuse', type: 'c', major: 10, minor: 229 }];
        linux.resources = { devices: [{ allow: false, access: 'rwm' }] };
      },
    });
    // Without the rule it is open, or has no driver here.
    const outcomes = ['auto', 'false', 'true'].map((word) => runtime([`--rootless=${word}`, 'run', '--bundle', device.directory, newId()]));
    expect((await Promise.all(outcomes)).map(({ stdout }) => stdout.includes('not permitted'))).toEqual([true, true, false]);
  });

  test('needs root, or a user namespace', async () => {
    const at = home();
    const bundle = await bundleOf(at, 'true', (config) => {
      config.linux.namespaces = (config.linux.namespaces ?? []).filter(({ type }) => type !== 'user');
      delete config.linux.uidMappings;
      delete config.linux.gidMappings;
    });
    const outcome = await call(at, ['run', '--bundle', bundle, newId()]);
    expect(outcome.stderr).toContain('tsrun must be run as root');
    expect(outcome.stderr).toContain('tsrun spec --rootless');
  });

  test('who is root in a user namespace has containers without one of their own', async () => {
    const at = home();
    const bundle = await bundleOf(at, 'cat /proc/self/uid_map; test -c /dev/null && echo done', (config) => {
      config.linux.namespaces = (config.linux.namespaces ?? []).filter(({ type }) => type !== 'user');
      delete config.linux.uidMappings;
      delete config.linux.gidMappings;
    });
    const inside = [...asUser(at), 'unshare', '--user', '--map-root-user', at.tsrun, 'run', '--bundle', bundle, newId()];
    const outcome = await start(inside, { cwd: '/', env: { PATH: '/usr/bin:/bin', USER: 'nobody' } }).done;
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    expect(outcome.stdout.trim().split(/\s+/)).toEqual(['0', String(user), '1', 'done']);
    expect(readdirSync(join(at.runtime, 'tsrun'))).toEqual([]);
  });

  describe('with more ids than the own one', () => {
    const more = (config: Config): void => {
      config.linux.uidMappings = [
        { containerID: 0, hostID: user, size: 1 },
        { containerID: 1, hostID: 100000, size: 1000 },
      ];
    };

    /** A directory for PATH with a newuidmap. */
    function programs(script: string): string {
      const directory = newDirectory();
      chmodSync(directory, 0o755);
      writeFileSync(join(directory, 'newuidmap'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
      return `${directory}:/usr/bin:/bin`;
    }

    test('is told what newuidmap says, and nothing is left', async () => {
      const at = home();
      const bundle = await bundleOf(at, 'true', more);
      const outcome = await call(at, ['run', '--bundle', bundle, newId()], { path: programs('echo "$@"; echo not yours >&2; exit 1') });
      expect(outcome.stderr).toMatch(/map ids with \\?"newuidmap\\?": \d+ 0 65534 1 1 100000 1000(\\n|\s)not yours/);
      expect(outcome.stderr).toContain('/etc/subuid');
      expect(readdirSync(join(at.runtime, 'tsrun'))).toEqual([]);
    });

    /** Both files of granted ids, as this user's, in a mount namespace of the call. */
    const granted = 'for file in uid gid; do mount --bind "$1" /etc/sub$file || exit; done; shift; exec "$@"';

    test.runIf(existsSync('/usr/bin/newuidmap') && existsSync('/etc/subuid'))(
      'gets them by newuidmap and newgidmap, which are granted',
      async () => {
        const at = home();
        const bundle = await bundleOf(at, 'cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups; id -G', (config) => {
          more(config);
          config.linux.gidMappings = [...(config.linux.uidMappings ?? [])];
          config.process.user = { uid: 0, gid: 0, additionalGids: [7] };
        });
        const file = join(at.directory, 'granted');
        writeFileSync(file, `${user}:100000:65536\n`);
        const line = ['unshare', '--mount', 'sh', '-c', granted, 'sh', file, ...asUser(at), at.tsrun, 'run', '--bundle', bundle, newId()];
        const outcome = await start(line, { cwd: '/', env: { PATH: '/usr/bin:/bin' } }).done;
        expect(outcome).toMatchObject({ code: 0, stderr: '' });
        const map = ['0', String(user), '1', '1', '100000', '1000'];
        expect(outcome.stdout.trim().split(/\s+/)).toEqual([...map, ...map, 'allow', '0', '7']);
      },
    );

    test('does not choose the newuidmap of a tsrun with the rights of another user', async () => {
      const at = home();
      const [other, ran] = [65533, join(at.directory, 'ran')];
      const root = join(at.directory, 'root');
      const bundle = await bundleOf(at, 'true', more);
      mkdirSync(root, { mode: 0o700 });
      chownSync(root, other, other);
      chownSync(at.tsrun, other, other);
      chmodSync(at.tsrun, 0o4755);
      const path = programs(`id -u >${ran}; exit 0`);
      chmodSync(at.directory, 0o777);
      const outcome = await call(at, ['--root', root, 'run', '--bundle', bundle, newId()], { path });
      expect(outcome.stderr).toContain('tsrun has rights that its caller has not');
      expect(outcome.code).not.toBe(0);
      expect([existsSync(ran), readdirSync(root)]).toEqual([false, []]);
    });

    test.skipIf(existsSync('/usr/bin/newuidmap'))('is told to install newuidmap', async () => {
      const at = home();
      const outcome = await call(at, ['run', '--bundle', await bundleOf(at, 'true', more), newId()]);
      expect(outcome.stderr).toContain('it is not installed');
    });
  });
});
