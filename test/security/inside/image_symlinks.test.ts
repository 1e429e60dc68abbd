import { readFileSync, readlinkSync, renameSync, rmSync, rmdirSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import {
  canary,
  created,
  describe,
  expect,
  fail,
  makeBundle,
  newId,
  run,
  running,
  runtime,
  succeed,
  test,
  execInside,
  withoutDev,
  type Bundle,
  type Canary,
} from '../harness/index.js';

function replaceBySymlink(bundle: Bundle, name: string, target: string): void {
  rmdirSync(`${bundle.rootfs}/${name}`);
  symlinkSync(target, `${bundle.rootfs}/${name}`);
}

/** Ways in which a symlink may name a directory of the host. */
const targets: readonly (readonly [string, (directory: string) => string])[] = [
  ['absolute', (directory) => directory],
  ['relative', (directory) => `../../../../../../../..${directory}`],
];

describe.each(targets)('an image with an %s symlink to a directory of the host', (_kind, targetOf) => {
  // Settings of AppArmor and others would be "written" to a file of the image.
  test.each(['proc', 'sys'])('at /%s gets nothing mounted there: CVE-2023-27561, CVE-2023-28642, CVE-2025-54867', async (name) => {
    const bait = canary();
    const bundle = makeBundle({ args: ['true'] });
    replaceBySymlink(bundle, name, targetOf(bait.directory));
    expect(fail(await run(bundle))).toMatch(new RegExp(`/${name}\\b`));
    bait.unharmed();
  });

  test('at /dev gets its devices inside the root, if any: CVE-2026-41579, CVE-2026-47766', async () => {
    const bait = canary();
    // As in the attack, nothing is mounted on /dev itself, and the root is writable.
    const bundle = makeBundle({ script: `ls ${bait.directory}`, config: (config) => (withoutDev(config), (config.root.readonly = false)) });
    replaceBySymlink(bundle, 'dev', targetOf(bait.directory));
    const outcome = await run(bundle);
    bait.unharmed();
    expect(outcome.code === 0 ? outcome.stdout : 'null').toContain('null');
  });

  test('at /dev with a file system on /dev/pts mounts nothing on the host: CVE-2026-41579', async () => {
    const bait = canary();
    const bundle = makeBundle({
      args: ['sleep', '1000'],
      config: (config) => ((config.mounts = config.mounts.filter((mount) => mount.destination !== '/dev')), (config.root.readonly = false)),
    });
    replaceBySymlink(bundle, 'dev', targetOf(bait.directory));
    const id = newId();
    const outcome = await runtime(['create', '--bundle', bundle.directory, id]);
    bait.unharmed();
    if (outcome.code === 0) expect(succeed(await runtime(['exec', id, 'ls', bait.directory]))).toContain('pts');
  });

  test('below a mount destination gets the mount inside the root', async () => {
    const bait = canary();
    const bundle = makeBundle({
      script: 'grep -c " marker " /proc/self/mountinfo',
      config: (config) => config.mounts.push({ destination: '/tmp/link/made', type: 'tmpfs', source: 'marker' }),
    });
    symlinkSync(targetOf(bait.directory), `${bundle.rootfs}/tmp/link`);
    expect(succeed(await run(bundle))).toBe('1');
    bait.unharmed();
  });

  test('as the working directory stays inside the root', async () => {
    const bait = canary();
    const bundle = makeBundle({
      script: 'pwd -P; ls',
      config: (config) => ((config.process.cwd = '/tmp/link'), (config.root.readonly = false)),
    });
    symlinkSync(targetOf(bait.directory), `${bundle.rootfs}/tmp/link`);
    const outcome = await run(bundle);
    expect(outcome.stdout).not.toContain('ptmx');
    bait.unharmed();
  });

  test('below a tmpfs with tmpcopyup copies nothing of the host: CVE-2024-23651', async () => {
    const bait = canary();
    const bundle = makeBundle({
      script: 'cat /tmp/link/file 2>/dev/null || echo none',
      config: (config) => config.mounts.push({ destination: '/tmp/link', type: 'tmpfs', source: 'tmpfs', options: ['tmpcopyup'] }),
    });
    symlinkSync(targetOf(bait.directory), `${bundle.rootfs}/tmp/link`);
    const outcome = await run(bundle);
    expect(outcome.stdout.trim()).toMatch(/^(none)?$/);
    bait.unharmed();
  });

  test('as a masked or read-only path leaves the host unchanged', async () => {
    const bait = canary();
    await running({
      config: (config) => {
        config.linux.maskedPaths?.push('/tmp/link/file', '/tmp/link');
        config.linux.readonlyPaths?.push('/tmp/link', '/tmp/link/pts');
      },
      bundle: linked(bait, targetOf),
    });
    writeFileSync(`${bait.directory}/file`, bait.text);
    bait.unharmed();
  });
});

function linked(bait: Canary, targetOf: (directory: string) => string): Bundle {
  const bundle = makeBundle();
  symlinkSync(targetOf(bait.directory), `${bundle.rootfs}/tmp/link`);
  return bundle;
}

// crun wrote its own configuration through a symlink of the image (CVE-2025-24965). tsrun only reads one file of an image: /etc/passwd.
test('an image whose /etc/passwd is a symlink to a file of the host does not get HOME from it: CVE-2025-24965', async () => {
  const bait = canary();
  writeFileSync(`${bait.directory}/file`, 'root:x:0:0:root:/stolen:/bin/sh\n');
  const bundle = makeBundle({ script: 'echo $HOME' });
  unlinkSync(`${bundle.rootfs}/etc/passwd`);
  symlinkSync(bait.file, `${bundle.rootfs}/etc/passwd`);
  expect(succeed(await run(bundle))).toBe('/');
});

test('an image whose /etc/passwd is a FIFO does not block the start', async () => {
  const container = await created({ script: 'sleep 1000' });
  const bundle = makeBundle({ script: 'mkfifo /etc/fifo', config: (config) => (config.root.readonly = false) });
  succeed(await run(bundle));
  renameSync(`${bundle.rootfs}/etc/fifo`, `${container.bundle.rootfs}/etc/fifo`);
  rmSync(`${container.bundle.rootfs}/etc/passwd`);
  renameSync(`${container.bundle.rootfs}/etc/fifo`, `${container.bundle.rootfs}/etc/passwd`);
  succeed(await runtime(['start', container.id]));
  expect(await execInside(container.id, 'echo $HOME')).toBe('/');
});

test('an image whose /dev/ptmx and /dev/console are symlinks to the host gets its own devices: CVE-2026-41579', async () => {
  const bait = canary();
  const devpts = { destination: '/dev/pts', type: 'devpts', source: 'devpts', options: ['newinstance', 'ptmxmode=0666', 'mode=0620'] };
  const bundle = makeBundle({
    script: 'stat -c %t:%T /dev/ptmx /dev/null; echo x > /dev/null',
    config: (config) => (withoutDev(config), config.mounts.push(devpts), (config.root.readonly = false)),
  });
  symlinkSync(`${bait.directory}/ptmx`, `${bundle.rootfs}/dev/ptmx`);
  symlinkSync(`${bait.directory}/null`, `${bundle.rootfs}/dev/null`);
  expect(succeed(await run(bundle))).toBe('5:2\n1:3');
  bait.unharmed();
  // They are covered, and the image's files are unchanged.
  expect(readlinkSync(`${bundle.rootfs}/dev/null`)).toBe(`${bait.directory}/null`);
});

test('an image whose /dev is a symlink to a volume does not lose files of the volume', async () => {
  const bait = canary();
  const bundle = makeBundle({
    script: 'cat /dev/stdin; stat -c %t:%T /dev/null',
    config: (config) => (withoutDev(config), config.mounts.push({ destination: '/volume', source: bait.directory, options: ['rbind'] })),
  });
  replaceBySymlink(bundle, 'dev', '/volume');
  expect(succeed(await run(bundle))).toBe(`${bait.text}1:3`);
  for (const name of ['ptmx', 'null', 'console', 'stdin']) expect(readFileSync(`${bait.directory}/${name}`, 'utf8'), name).toBe(bait.text);
});

test('an image with a file at the path of a configured device keeps it, and is refused', async () => {
  const device = { path: '/vol/file', type: 'c', major: 1, minor: 3, fileMode: 0o4666, uid: 1000, gid: 1000 };
  const bait = canary();
  const bundle = makeBundle({
    args: ['true'],
    config: (config) => (
      config.mounts.push({ destination: '/vol', source: bait.directory, options: ['rbind'] }),
      (config.linux.devices = [device])
    ),
  });
  expect(fail(await run(bundle))).toMatch(/\/vol\/file/);
  bait.unharmed();
});
