import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import {
  canary,
  created,
  describe,
  expect,
  fail,
  makeBundle,
  newId,
  race,
  refused,
  run,
  runtime,
  stateOf,
  succeed,
  swapping,
  test,
  type Bundle,
  type Mount,
} from '../harness/index.js';

const parameter = 'net/ipv4/ip_default_ttl';
const setParameter = { 'net.ipv4.ip_default_ttl': '77' };

/** The parameter's value in the container's network namespace. */
async function inNamespace(id: string): Promise<string> {
  const { pid } = await stateOf(id);
  return execFileSync('nsenter', ['--net', '--target', String(pid), 'cat', `/proc/sys/${parameter}`], { encoding: 'utf8' }).trim();
}

/** A directory that looks like a procfs. */
function fakeProc(bundle: Bundle, directory: string): () => void {
  const files = [
    `sys/${parameter}`,
    'self/oom_score_adj',
    '1/oom_score_adj',
    'self/attr/exec',
    'self/attr/apparmor/exec',
    'thread-self/attr/exec',
  ];
  for (const file of files) {
    const path = `${bundle.rootfs}${directory}/${file}`;
    mkdirSync(path.slice(0, path.lastIndexOf('/')), { recursive: true });
    writeFileSync(path, 'fake');
  }
  return () => files.forEach((file) => expect(readFileSync(`${bundle.rootfs}${directory}/${file}`, 'utf8'), file).toBe('fake'));
}

describe('nothing may be mounted over /proc: CVE-2019-16884, CVE-2019-19921', () => {
  const mounts: readonly (readonly [string, (host: string) => Mount])[] = [
    ['a tmpfs on it', () => ({ destination: '/proc', type: 'tmpfs', source: 'tmpfs' })],
    ['a directory on it', (host) => ({ destination: '/proc', type: 'bind', source: host, options: ['bind'] })],
    [
      'a directory on it under another spelling',
      (host) => ({ destination: '//tmp/../proc/.', type: 'bind', source: host, options: ['rbind'] }),
    ],
    ['a tmpfs in it', () => ({ destination: '/proc/self/attr', type: 'tmpfs', source: 'tmpfs' })],
    ['a tmpfs in it under another spelling', () => ({ destination: '/tmp/../proc/./sys', type: 'tmpfs', source: 'tmpfs' })],
    ['a directory in it', (host) => ({ destination: '/proc/sys/net', type: 'bind', source: host, options: ['bind'] })],
    [
      'a file on one that is no resource',
      (host) => ({ destination: '/proc/self/oom_score_adj', type: 'bind', source: `${host}/file`, options: ['bind'] }),
    ],
  ];

  test.each(mounts)('%s is refused', async (_name, mount) => {
    const bait = canary();
    expect(await refused((config) => config.mounts.push(mount(bait.directory)))).toContain('/proc');
    bait.unharmed();
  });

  test('except for the files that lxcfs covers', async () => {
    const bait = canary();
    const bundle = makeBundle({
      args: ['cat', '/proc/uptime'],
      config: (config) => config.mounts.push({ destination: '/proc/uptime', type: 'bind', source: bait.file, options: ['bind'] }),
    });
    expect(succeed(await run(bundle))).toBe(bait.text);
  });
});

describe('security settings are only written to a real procfs: CVE-2025-52881, CVE-2025-62596', () => {
  test('if the image has a directory that looks like /proc, and no procfs is mounted', async () => {
    const bundle = makeBundle({
      config: (config) => {
        config.mounts = config.mounts.filter(({ destination }) => destination !== '/proc');
        config.linux.maskedPaths = [];
        config.linux.readonlyPaths = [];
        config.linux.sysctl = setParameter;
        config.process['oomScoreAdj'] = 321;
        config.root.readonly = false;
      },
    });
    const untouched = fakeProc(bundle, '/proc');
    const { id } = await created({ bundle });
    untouched();
    expect(await inNamespace(id)).toBe('77');
    const { pid } = await stateOf(id);
    expect(readFileSync(`/proc/${pid}/oom_score_adj`, 'utf8').trim()).toBe('321');
  });

  test('if a symlink leads a mount over it', async () => {
    const bundle = makeBundle({
      config: (config) => {
        config.mounts.push({ destination: '/vol/sys/net/ipv4', type: 'tmpfs', source: 'tmpfs' });
        config.linux.sysctl = setParameter;
        config.process['oomScoreAdj'] = 321;
      },
    });
    mkdirSync(`${bundle.rootfs}/fake`);
    symlinkSync('/proc', `${bundle.rootfs}/vol`);
    const id = newId();
    const outcome = await runtime(['create', '--bundle', bundle.directory, id]);
    if (outcome.code === 0) expect(await inNamespace(id)).toBe('77');
    else expect(outcome.stderr).toContain('/vol');
  });

  test('if a volume of symlinks races for it', async () => {
    const bait = canary();
    const ran = await race(20, async () => {
      const bundle = makeBundle({
        config: (config) => {
          config.mounts.push({ destination: '/vol/a/sys', type: 'tmpfs', source: 'tmpfs' });
          config.linux.sysctl = setParameter;
          config.process['oomScoreAdj'] = 321;
        },
      });
      mkdirSync(`${bundle.rootfs}/vol/a/sys`, { recursive: true });
      symlinkSync('/proc', `${bundle.rootfs}/vol/b`);
      const stop = await swapping(`${bundle.rootfs}/vol/a`, `${bundle.rootfs}/vol/b`);
      const id = newId();
      const outcome = await runtime(['create', '--bundle', bundle.directory, id]);
      await stop();
      bait.unharmed();
      if (outcome.code === 0) expect(await inNamespace(id)).toBe('77');
      succeed(await runtime(['delete', '--force', id]));
      return outcome.code === 0;
    });
    expect(ran).toBeGreaterThan(0);
  });

  test.each([
    'net.ipv4/../../kernel/core_pattern',
    'net/../kernel/hostname',
    'net//../../sysrq-trigger',
    'net.ipv4.../x',
    'kernel.core_pattern',
    'vm.swappiness',
  ])('and no file of the host through the name of a parameter: %s', async (name) => {
    const before = readFileSync('/proc/sys/kernel/core_pattern', 'utf8');
    expect(await refused((config) => (config.linux.sysctl = { [name]: '1' }))).toContain(name.slice(0, 4));
    expect(readFileSync('/proc/sys/kernel/core_pattern', 'utf8')).toBe(before);
  });

  test('and labels that cannot be set are an error', async () => {
    const bundle = makeBundle({ config: (config) => (config.process['apparmorProfile'] = 'no-such-profile') });
    expect(fail(await run(bundle))).toMatch(/apparmor/i);
  });
});
