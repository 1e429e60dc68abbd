import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { defineBundle, Runtime, type BundleDefinition } from '../../src/library/index.js';
import { afterTest, describe, expect, makeBundle, newDirectory, newId, stateRoot, test } from '../oci/harness/index.js';

const runtime = new Runtime({ root: stateRoot });
/** The limits need controllers, which may be missing in cgroup v2. */
const limits = 'none';

/** The root file system of a bundle, with nothing else in it. */
const rootfs = (): string => makeBundle({ args: ['true'] }).rootfs;

async function outputOf(definition: Omit<BundleDefinition, 'args'> & { readonly script: string }): Promise<string> {
  const { script, ...rest } = definition;
  const { stdout, stderr } = await runtime.run({ id: newId(), ...defineBundle({ args: ['sh', '-c', script], limits, ...rest }) });
  return stdout + stderr;
}

/** Prints, for each attempt, whether it was possible. */
const attempts = (list: Readonly<Record<string, string>>): string =>
  Object.entries(list)
    .map(([name, command]) => `if ( ${command} ) >/dev/null 2>&1; then echo ${name}; fi`)
    .join('\n');

const everything = {
  root: 'test "$(id -u)" = 0',
  write: 'touch /written',
  scratch: 'touch /tmp/written',
  execute: 'mkdir /tmp/x && cp /bin/busybox /tmp/x/true && /tmp/x/true',
  owner: 'touch /tmp/o && chown 7 /tmp/o',
  setuid: 'touch /tmp/s && chmod u+s /tmp/s && test -u /tmp/s',
  chroot: 'chroot / true',
  mount: 'mount -t tmpfs none /mnt',
  unshare: 'unshare -U true',
  hostname: 'hostname other',
  sysctl: 'echo 1 >/proc/sys/kernel/randomize_va_space',
  kcore: 'test -s /proc/kcore',
  trigger: 'echo h >/proc/sysrq-trigger',
  device: 'mknod /tmp/sda b 8 0',
  raw: 'head -c 1 /dev/mem',
  network: 'test "$(ls /sys/class/net)" != lo',
  kernel: 'dmesg',
  // It listens, or has ended.
  port: `nc -l -p 80 & while kill -0 $! && ! cat /proc/net/tcp* | grep -q ":0050 .* 0A "; do sleep 0.02; done; kill $!`,
  privileges: '! grep -q "NoNewPrivs:.*1" /proc/self/status',
  filter: '! grep -q "Seccomp:.*2" /proc/self/status',
};

describe('what a container of a preset can do', () => {
  const can = async (definition: Partial<BundleDefinition>): Promise<readonly string[]> =>
    (await outputOf({ rootfs: rootfs(), script: attempts(everything), ...definition })).trim().split('\n');

  test('sandbox: write into its scratch directory and execute what is there', async () => {
    expect(await can({})).toEqual(['scratch', 'execute', 'setuid']);
  });

  test('service: besides, be root, change owners, and bind low ports', async () => {
    expect(await can({ preset: 'service' })).toEqual(['root', 'scratch', 'execute', 'owner', 'setuid', 'port']);
  });

  test('build: besides, write into its root file system, and chroot', async () => {
    expect(await can({ preset: 'build' })).toEqual(['root', 'write', 'scratch', 'execute', 'owner', 'setuid', 'chroot', 'port']);
  });

  test('in a user namespace: the same, and it is nobody on the host', async () => {
    const own = rootfs();
    expect(await can({ rootfs: own, userNamespace: { uid: 100_000 } })).toEqual(['scratch', 'execute', 'setuid']);
    const script = 'cat /proc/self/uid_map';
    expect((await outputOf({ rootfs: own, script, userNamespace: { uid: 100_000 } })).trim().split(/\s+/)).toEqual([
      '0',
      '100000',
      '65536',
    ]);
  });
});

test('the scratch directory is as large as it was asked for', async () => {
  const script = 'head -c 3000000 /dev/zero >/tmp/x; wc -c </tmp/x';
  expect(await outputOf({ rootfs: rootfs(), script, scratch: 1 << 20 })).toMatch(/^1048576\nhead: /);
});

test.each([
  ['read-only', {}, 'no'],
  ['writable', { writable: true }, 'yes'],
])('layers with a %s root file system are merged, the topmost first, and stay as they are', async (_, more, written) => {
  const [top, middle] = [newDirectory(), newDirectory()];
  mkdirSync(`${top}/etc`);
  writeFileSync(`${top}/etc/which`, 'top');
  mkdirSync(`${middle}/etc`);
  for (const name of ['which', 'other']) writeFileSync(`${middle}/etc/${name}`, 'middle');
  const script = 'cat /etc/which /etc/other; touch /made 2>/dev/null && echo yes || echo no';
  const output = await outputOf({ layers: [top, middle, rootfs()], script, user: { uid: 0 }, ...more });
  expect(output).toBe(`topmiddle${written}\n`);
  expect([readdirSync(top), readdirSync(`${top}/etc`), readdirSync(middle)]).toEqual([['etc'], ['which'], ['etc']]);
});

test('a container is found again, executes processes, and is deleted', async () => {
  const bundle = defineBundle({ rootfs: rootfs(), args: ['sleep', '1000'], limits });
  const container = await runtime.create({ id: newId(), stdio: 'ignore', ...bundle });
  afterTest(() => container.delete({ force: true }));
  await container.start();
  const { stdout } = await runtime.get(container.id).run(['id', '-u']);
  expect(stdout).toBe('65534\n');
});

test('a default limit without its controller is an error that says what to do', async () => {
  // This host has no controller for memory on cgroup v2, or it has, and then the limit holds.
  const run = runtime.run({ id: newId(), ...defineBundle({ rootfs: rootfs(), args: ['cat', '/sys/fs/cgroup/memory.max'] }) });
  await run.then(
    ({ stdout }) => expect(stdout).toBe(`${256 << 20}\n`),
    (error: unknown) =>
      expect(error).toMatchObject({ code: 'controller-missing', hint: expect.stringMatching(/limits: \{ \w+: 'none' \}/) as unknown }),
  );
});

test('nothing is written to disk: it works where only the state root can be written to', async () => {
  const library = new URL('../../dist/library/index.js', import.meta.url).pathname;
  const program = `
    const { defineBundle, Runtime } = await import(${JSON.stringify(library)});
    const bundle = defineBundle({ rootfs: ${JSON.stringify(rootfs())}, args: ['echo', 'ran'], limits: 'none' });
    const { stdout } = await new Runtime({ root: ${JSON.stringify(stateRoot)} }).run(bundle);
    console.log(stdout.trim());`;
  // The directories of the tests may be in a mount of their own.
  const readOnly = 'mount -o remount,bind,ro / && mount -o remount,bind,ro "$(stat -c %m .)" && ! touch written 2>/dev/null';
  const script = `mount --bind "$0" "$0" && ${readOnly} && exec "$@"`;
  const { stdout } = await promisify(execFile)(
    'unshare',
    ['--mount', 'sh', '-c', script, stateRoot, process.execPath, '--input-type=module', '-e', program],
    { cwd: newDirectory() },
  );
  expect(stdout).toBe('ran\n');
});
