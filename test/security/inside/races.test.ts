import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import {
  afterTest,
  canary,
  describe,
  expect,
  makeBundle,
  newId,
  newPath,
  program,
  race,
  run,
  runtime,
  start,
  succeed,
  swapping,
  test,
  until,
  withoutDev,
  type Bundle,
  type Canary,
} from '../harness/index.js';

const rounds = 60;

/** A volume in which a directory and a symlink to the host are exchanged continuously. */
async function hostileVolume(bundle: Bundle, target: string): Promise<void> {
  const volume = `${bundle.rootfs}/vol`;
  mkdirSync(`${volume}/a`, { recursive: true });
  symlinkSync(target, `${volume}/b`);
  await swapping(`${volume}/a`, `${volume}/b`);
}

describe('while a parent directory of a mount is swapped with a symlink to the host', () => {
  const outcomes = async (bundle: Bundle, bait: Canary, destination: (round: number) => string): Promise<number> => {
    await hostileVolume(bundle, bait.directory);
    return race(rounds, async (round) => {
      bundle.config.mounts = bundle.config.mounts.filter((mount) => mount.source !== 'marker');
      bundle.config.mounts.push({ destination: destination(round), type: 'tmpfs', source: 'marker' });
      bundle.save();
      const outcome = await run(bundle);
      bait.unharmed();
      // Mounted somewhere else, it would have disappeared with the host's mounts.
      if (outcome.code === 0) expect(outcome.stdout).toBe('1\n');
      return outcome.code === 0;
    });
  };
  const bundleWithVolume = (): Bundle =>
    makeBundle({ script: 'grep -c " marker " /proc/self/mountinfo', config: (config) => (config.root.readonly = false) });

  test('the directories of the destination are created inside: CVE-2024-45310', async () => {
    expect(await outcomes(bundleWithVolume(), canary(), (round) => `/vol/a/made${round}/below`)).toBeGreaterThan(0);
  });

  test('the mount is made inside: CVE-2021-30465', async () => {
    const bait = canary();
    expect(await outcomes(bundleWithVolume(), bait, () => '/vol/a/pts')).toBeGreaterThan(0);
    expect(execFileSync('cat', ['/proc/self/mountinfo'], { encoding: 'utf8' })).not.toContain(' marker ');
  });
});

describe('while /dev/null is swapped with a symlink', () => {
  // The symlink would determine what covers a masked path: in the attack, the host's /proc/sys/kernel/core_pattern, made writable.
  test('masked paths show nothing else: CVE-2025-31133, CVE-2025-62161', async () => {
    const ran = await race(rounds / 2, async () => {
      const bundle = makeBundle({
        script: 'cat /etc/secret',
        config: (config) => {
          withoutDev(config);
          config.root.readonly = false;
          config.linux.maskedPaths?.unshift('/etc/secret');
        },
      });
      writeFileSync(`${bundle.rootfs}/etc/secret`, 'masked');
      writeFileSync(`${bundle.rootfs}/stolen`, 'stolen');
      execFileSync('mknod', [`${bundle.rootfs}/dev/null`, 'c', '1', '3']);
      symlinkSync('/stolen', `${bundle.rootfs}/dev/decoy`);
      const stop = await swapping(`${bundle.rootfs}/dev/null`, `${bundle.rootfs}/dev/decoy`);
      const outcome = await run(bundle);
      await stop();
      if (outcome.code === 0) expect(outcome.stdout).toBe('');
      return outcome.code === 0;
    });
    expect(ran).toBeGreaterThan(0);
  });

  test('masked paths show nothing else if the symlink is there from the start: CVE-2025-31133', async () => {
    const bundle = makeBundle({
      script: 'cat /etc/secret',
      config: (config) => (withoutDev(config), config.linux.maskedPaths?.unshift('/etc/secret')),
    });
    writeFileSync(`${bundle.rootfs}/etc/secret`, 'masked');
    writeFileSync(`${bundle.rootfs}/stolen`, 'stolen');
    symlinkSync('/stolen', `${bundle.rootfs}/dev/null`);
    expect(succeed(await run(bundle))).toBe('');
  });
});

describe('while /dev/console is swapped with a symlink', () => {
  test('the terminal is mounted over neither its target nor anything of the host: CVE-2025-52565', async () => {
    const bait = canary();
    const ran = await race(rounds / 4, async (round) => {
      const path = newPath('.sock');
      const console = start([program('console'), path], { timeout: 60_000 });
      afterTest(() => console.child.kill('SIGKILL'));
      await until('the console socket', () => existsSync(path));
      const bundle = makeBundle({
        script: 'cat /stolen > /out; readlink /proc/self/fd/0 >> /out; echo done >> /out',
        config: (config) => {
          withoutDev(config);
          config.mounts.push({
            destination: '/dev/pts',
            type: 'devpts',
            source: 'devpts',
            options: ['newinstance', 'ptmxmode=0666', 'mode=0620'],
          });
          config.root.readonly = false;
          config.process.terminal = true;
        },
      });
      writeFileSync(`${bundle.rootfs}/stolen`, 'stolen\n');
      mkdirSync(`${bundle.rootfs}/dev/pts`);
      writeFileSync(`${bundle.rootfs}/dev/console`, '');
      symlinkSync(round % 2 === 0 ? '/stolen' : bait.file, `${bundle.rootfs}/dev/decoy`);
      const stop = await swapping(`${bundle.rootfs}/dev/console`, `${bundle.rootfs}/dev/decoy`);
      const id = newId();
      const outcome = await runtime(['create', '--bundle', bundle.directory, '--console-socket', path, id]);
      await stop();
      bait.unharmed();
      if (outcome.code === 0) {
        succeed(await runtime(['start', id]));
        const written = (): string => execFileSync('cat', [`${bundle.rootfs}/out`], { encoding: 'utf8' });
        await until('its end', () => readdirSync(bundle.rootfs).includes('out') && written().includes('done'));
        expect(written()).toMatch(/^stolen\n\/dev\/(pts\/\d+|console)\ndone\n$/);
      }
      succeed(await runtime(['delete', '--force', id]));
      console.child.kill('SIGKILL');
      bait.unharmed();
      return outcome.code === 0;
    });
    expect(ran).toBeGreaterThan(0);
  });
});
