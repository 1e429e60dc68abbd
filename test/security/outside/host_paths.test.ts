import { chmodSync, closeSync, copyFileSync, openSync } from 'node:fs';
import { afterTest, canary, describe, exec, expect, makeBundle, run, running, test, type Canary, type Config } from '../harness/index.js';

/** Numbers that a descriptor of tsrun or tsrun-init may have. */
const numbers = Array.from({ length: 10 }, (_, index) => index + 3);
/** Ways up from a directory, or a procfs, of the host. */
const ways = (): readonly string[] => ['', '/..', '/../..', '/1/root', `/${process.pid}/root`];
const paths = (): readonly string[] => numbers.flatMap((number) => ways().map((way) => `/proc/self/fd/${number}${way}`));

/** Lets a process look at others; without it /proc/1/root is closed. */
function mayTrace(config: Config): void {
  const names = ['CAP_SYS_PTRACE', 'CAP_DAC_OVERRIDE', 'CAP_DAC_READ_SEARCH', 'CAP_SYS_CHROOT', 'CAP_KILL'];
  config.process.capabilities = { bounding: names, effective: names, permitted: names };
}

/** Directories that the runtime's caller has open, as runc once had /sys/fs/cgroup. */
function directories(...names: string[]): number[] {
  return names.map((name) => {
    const fd = openSync(name, 'r');
    afterTest(() => closeSync(fd));
    return fd;
  });
}

/** A program of the host, next to the canary. */
function hostProgram(bait: Canary): string {
  const path = `${bait.directory}/busybox`;
  copyFileSync('/bin/busybox', path);
  chmodSync(path, 0o755);
  return path;
}

describe('a leaked descriptor of the runtime: CVE-2024-21626', () => {
  test('is no way to the host for the working directory', async () => {
    const bait = canary();
    for (const path of paths()) {
      const bundle = makeBundle({ args: ['cat', `.${bait.file}`], config: (config) => (mayTrace(config), (config.process.cwd = path)) });
      const outcome = await run(bundle, { fds: directories('/', '/run') });
      expect(outcome.stdout, path).not.toContain(bait.text);
    }
  });

  test('is no way to the host for the program', async () => {
    const program = hostProgram(canary());
    for (const path of paths()) {
      const bundle = makeBundle({ args: [path + program, 'echo', 'out'], config: mayTrace });
      const outcome = await run(bundle, { fds: directories('/', '/run') });
      expect(outcome.stdout, path).toBe('');
      expect(outcome.code, path).not.toBe(0);
    }
  });

  test('is no way to the host for a program that PATH finds', async () => {
    const program = hostProgram(canary());
    const searchPath = paths()
      .map((path) => path + program.slice(0, program.lastIndexOf('/')))
      .join(':');
    const bundle = makeBundle({
      args: ['busybox', 'echo', 'out'],
      config: (config) => (mayTrace(config), (config.process.env = [`PATH=${searchPath}`])),
    });
    const outcome = await run(bundle);
    expect(outcome.stdout).toBe('');
    expect(outcome.code).not.toBe(0);
  });

  test('is no way to the host for exec, neither by --cwd nor by the program', async () => {
    const bait = canary();
    const program = hostProgram(bait);
    const { id } = await running({ config: mayTrace });
    for (const path of paths()) {
      const there = await exec(id, ['cat', `.${bait.file}`], ['--cwd', path], { fds: directories('/', '/run') });
      expect(there.stdout, path).not.toContain(bait.text);
      const ran = await exec(id, [path + program, 'echo', 'out'], [], { fds: directories('/', '/run') });
      expect(ran.stdout, path).toBe('');
    }
  });

  test("is no way to the host in a user namespace, whose mount namespace keeps the host's mounts together", async () => {
    const bait = canary();
    const program = hostProgram(bait);
    const config = (one: Config): void => {
      mayTrace(one);
      one.linux.namespaces.push({ type: 'user' });
      one.linux.uidMappings = [{ containerID: 0, hostID: 100000, size: 65536 }];
      one.linux.gidMappings = [{ containerID: 0, hostID: 100000, size: 65536 }];
    };
    for (const path of paths()) {
      const outcome = await run(makeBundle({ args: [path + program, 'echo', 'out'], config, owner: 100000 }));
      expect(outcome.stdout, path).toBe('');
    }
    const { id } = await running({ config, owner: 100000 });
    for (const path of paths()) {
      const ran = await exec(id, [path + program, 'echo', 'out']);
      expect(ran.stdout, path).toBe('');
      const there = await exec(id, ['cat', `.${bait.file}`], ['--cwd', path]);
      expect(there.stdout, path).not.toContain(bait.text);
    }
  });

  test('that --preserve-fds passes on may not be the start directory of the program', async () => {
    const bait = canary();
    const fds = directories(bait.directory);
    const bundle = makeBundle({ args: ['cat', 'file'], config: (config) => (config.process.cwd = '/proc/self/fd/3') });
    const outcome = await run(bundle, { flags: ['--preserve-fds', '1'], fds });
    expect(outcome.stdout).toBe('');
    expect(outcome.stderr).toContain('/proc/self/fd/3');
    const { id } = await running();
    expect((await exec(id, ['cat', 'file'], ['--preserve-fds', '1', '--cwd', '/proc/self/fd/3'], { fds })).stdout).toBe('');
  });
});
