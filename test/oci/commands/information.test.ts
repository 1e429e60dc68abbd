import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { can, describe, expect, fail, makeBundle, newDirectory, run, runtime, succeed, test, type Config } from '../harness/index.js';

describe('spec', () => {
  test('writes a config.json that runs', async () => {
    const bundle = makeBundle();
    const directory = newDirectory();
    succeed(await runtime(['spec'], { cwd: directory }));
    const config = JSON.parse(readFileSync(`${directory}/config.json`, 'utf8')) as Config;
    config.process.terminal = false;
    config.process.args = ['sh', '-c', 'echo ran in $(hostname)'];
    writeFileSync(`${bundle.directory}/config.json`, JSON.stringify(config));
    expect(succeed(await run(bundle))).toBe(`ran in ${config.hostname ?? ''}`);
  });

  test('has the defaults that engines and people rely on', async () => {
    const directory = newDirectory();
    succeed(await runtime(['spec', '--bundle', directory]));
    const config = JSON.parse(readFileSync(`${directory}/config.json`, 'utf8')) as Config;
    expect(config).toMatchObject({
      process: { terminal: true, user: { uid: 0, gid: 0 }, args: ['sh'], cwd: '/', noNewPrivileges: true },
      root: { path: 'rootfs', readonly: true },
    });
    expect(config.linux.namespaces.map((one) => one.type)).toEqual(expect.arrayContaining(['pid', 'network', 'ipc', 'uts', 'mount']));
    expect(config.mounts.map((one) => one.destination)).toEqual(
      expect.arrayContaining(['/proc', '/dev', '/dev/pts', '/dev/shm', '/dev/mqueue', '/sys']),
    );
    expect(config.linux.maskedPaths).toContain('/proc/kcore');
    expect(config.linux.readonlyPaths).toContain('/proc/sys');
  });

  test('never overwrites a config.json', async () => {
    const directory = newDirectory();
    writeFileSync(`${directory}/config.json`, 'mine');
    fail(await runtime(['spec', '-b', directory]));
    expect(readFileSync(`${directory}/config.json`, 'utf8')).toBe('mine');
  });

  test.runIf(can.runcCommand)('--rootless maps the caller to root of a user namespace', async () => {
    const directory = newDirectory();
    succeed(await runtime(['spec', '--rootless'], { cwd: directory }));
    const config = JSON.parse(readFileSync(`${directory}/config.json`, 'utf8')) as Config;
    expect(config.linux.namespaces.map((one) => one.type)).toContain('user');
    expect(config.linux.uidMappings).toMatchObject([{ containerID: 0, size: 1 }]);
    expect(config.linux.namespaces.map((one) => one.type)).not.toContain('network');
  });
});

describe('--version', () => {
  test.each(['--version', '-v'])('%s prints the name and version that engines read', async (flag) => {
    const text = succeed(await runtime([flag], { root: null }));
    expect(text.split('\n')[0]).toMatch(/^\S+ version \d+\.\d+/);
    expect(text).toMatch(/^spec: 1\.\d+\.\d+/m);
  });
});

describe('--help', () => {
  test.each(['--help', ...(can.runcCommand ? ['-h'] : [])])('%s names every command', async (flag) => {
    const text = succeed(await runtime([flag], { root: null }));
    for (const verb of ['create', 'start', 'state', 'kill', 'delete', 'run', 'exec', 'list', 'ps', 'spec'])
      expect(text).toMatch(new RegExp(`^\\s+${verb}\\b`, 'm'));
  });

  test.each(['create', 'run', 'exec', 'kill', 'delete'])('of %s describes its options', async (verb) => {
    const outcome = await runtime([verb, '--help'], { root: null });
    expect(outcome.code).toBe(0);
    expect(outcome.stdout).toContain(verb);
  });
});

test.each([['frobnicate'], ['state', '--frobnicate'], ['--frobnicate', 'state']])('%s %s is an error', async (...args) => {
  const outcome = await runtime(args);
  expect(outcome.code).not.toBe(0);
});

test('a wrong command line creates nothing', async () => {
  const root = `${newDirectory()}/root`;
  await runtime(['state'], { root });
  expect(existsSync(root) ? readdirSync(root) : []).toEqual([]);
});

describe.runIf(can.features)('features', () => {
  interface Features {
    ociVersionMin: string;
    ociVersionMax: string;
    hooks: string[];
    mountOptions: string[];
    linux: { namespaces: string[]; capabilities: string[]; cgroup: Record<string, boolean>; seccomp: { enabled: boolean } };
  }

  test('prints one JSON document and nothing on standard error', async () => {
    const outcome = await runtime(['features'], { root: null });
    const features = JSON.parse(succeed(outcome)) as Features;
    expect(outcome.stderr).toBe('');
    expect(features.ociVersionMin).toMatch(/^1\.0\.0/);
    expect(features.ociVersionMax).toMatch(/^1\.\d+\.\d+/);
  });

  test('names hooks, mount options, namespaces and capabilities', async () => {
    const features = JSON.parse(succeed(await runtime(['features'], { root: null }))) as Features;
    expect([...features.hooks].sort()).toEqual(['createContainer', 'createRuntime', 'poststart', 'poststop', 'prestart', 'startContainer']);
    expect(features.mountOptions).toEqual(
      expect.arrayContaining(['bind', 'rbind', 'ro', 'rro', 'nosuid', 'nodev', 'noexec', 'rslave', 'tmpcopyup']),
    );
    expect(features.linux.namespaces).toEqual(expect.arrayContaining(['cgroup', 'ipc', 'mount', 'network', 'pid', 'user', 'uts']));
    expect(features.linux.capabilities).toEqual(expect.arrayContaining(['CAP_CHOWN', 'CAP_SYS_ADMIN', 'CAP_BPF']));
    expect(features.linux.cgroup['v2']).toBe(true);
  });
});
