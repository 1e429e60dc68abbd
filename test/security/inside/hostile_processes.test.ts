import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { Runtime } from '../../../src/library/index.js';
import {
  afterTest,
  canary,
  created,
  describe,
  exec,
  expect,
  isAlive,
  makeBundle,
  newId,
  openConsole,
  place,
  program,
  race,
  run,
  running,
  runtime,
  runtimeCommand,
  startRuntime,
  stateOf,
  stateRoot,
  succeed,
  test,
  until,
  type Outcome,
} from '../harness/index.js';
import { mayTrace, withPeer } from '../harness/peer.js';

describe('a process of the container that impersonates the tsrun-init of exec', () => {
  /**
   * Creates containers in which `forge` runs for two seconds, until it has sent something in one. Calls exec there meanwhile. The
   * containers run on; returns the results of all calls.
   *
   * @param enough - whether the results in a container are what the attack is about: the attacker may have come late each time
   */
  async function forging(
    words: readonly string[],
    enough: (outcomes: readonly Outcome[]) => boolean = () => true,
  ): Promise<readonly Outcome[]> {
    const all: Outcome[] = [];
    const sent = await race(1, async () => {
      const bundle = makeBundle({ config: mayTrace });
      const forge = place(bundle, 'forge');
      const { id } = await running({ bundle });
      const attacker = startRuntime(['exec', id, forge, '2', ...words]);
      await until('the attacker', () => attacker.output().includes('ready'));
      const outcomes: Outcome[] = [];
      while (!attacker.output().includes('forged')) outcomes.push(await exec(id, ['true']));
      all.push(...outcomes);
      const forged = Number(/forged (\d+)/.exec(succeed(await attacker.done))?.[1]);
      expect((await stateOf(id)).status).toBe('running');
      return forged > 0 && enough(outcomes);
    });
    expect(sent).toBeGreaterThan(0);
    return all;
  }

  const someFailed = (outcomes: readonly Outcome[]): boolean => outcomes.some(({ code }) => code !== 0);

  const [sync, respawned, ready] = [1, 3, 4];

  test('cannot name a process of the host in its place', async () => {
    const victim = spawn('sleep', ['1000'], { stdio: 'ignore' });
    try {
      const outcomes = await forging([String(respawned), '-1', String(victim.pid), '0'], someFailed);
      for (const { stderr } of outcomes) expect(stderr).not.toMatch(/internal|TypeError/);
      expect(victim.exitCode ?? victim.signalCode).toBeNull();
      expect(isAlive(victim.pid ?? 0)).toBe(true);
    } finally {
      victim.kill('SIGKILL');
    }
  });

  test('cannot name the init of its own container in its place', async () => {
    await forging([String(respawned), '-1', '1', '0']);
  });

  test.each([
    ['that it is ready', [String(ready), '-1', '0', '0']],
    ['to be at a point for the host to do something', [String(sync), '-1', '3', '0']],
    ['to have a listener, of another number', [String(sync), '-1', '4', '0']],
    ['something that has no meaning', ['77', '-1', '-1', '-1']],
    ['half a message', [String(sync), '-1', '0', '0', '100']],
    ['a failure of its own', ['2', '0xffff', '0', '-5']],
    ['a hook that failed', ['5', '-1', '0xffffffffff', '99999']],
  ])('gains nothing when it sends %s', async (_, words) => {
    for (const { stderr } of await forging(words, someFailed)) {
      expect(stderr).not.toMatch(/TypeError|undefined/);
      expect(stderr).not.toContain('\x1b');
    }
  });

  test("cannot fill tsrun's descriptor table by sending descriptors", async () => {
    await forging(['4', '-1', '0', '0', '512', '200']);
  });
});

describe('a process of the container that may trace others: CVE-2016-9962', () => {
  test('finds no way to the host in a process of exec', async () => {
    const bait = canary();
    const bundle = makeBundle({ config: mayTrace });
    const grab = place(bundle, 'grab');
    const { id } = await running({ bundle });
    const attacker = startRuntime(['exec', id, grab, bait.file, '100'], { timeout: 110_000 });
    await until('the attacker', () => attacker.output().includes('ready'));
    const end = Date.now() + 3_000;
    for (let victims = 0; victims < 12 || Date.now() < end; victims++) await exec(id, ['true'], ['--cwd', '/']);
    // tsrun exec forwards the signal.
    attacker.child.kill('SIGUSR2');
    const said = succeed(await attacker.done);
    // It saw many more processes than the first ones of its own container.
    expect(Number(/looked (\d+)/.exec(said)?.[1])).toBeGreaterThan(100);
    expect(said).toMatch(/ found 0$/);
  });

  test('finds no way to the host in a container that waits to be started', async () => {
    const bait = canary();
    const bundle = makeBundle({ config: mayTrace });
    const grab = place(bundle, 'grab');
    const { id } = await created({ bundle });
    expect(succeed(await exec(id, [grab, bait.file, '1']))).toMatch(/ found 0$/);
  });

  test.each([
    ['in its pid namespace', 'joined'],
    ['below the pid namespace of the host, which it has', 'host'],
  ])('finds no way to the host in a container with a user namespace that is created %s', async (_, kind) => {
    const bait = canary();
    // It owns every user namespace that root creates, and so has all capabilities over them (user_namespaces(7)), though it may not trace
    // others.
    const bundle = makeBundle({
      config: (config) => {
        config.process.capabilities = { bounding: [], effective: [], permitted: [] };
        if (kind === 'host') config.linux.namespaces = config.linux.namespaces.filter(({ type }) => type !== 'pid');
      },
    });
    const grab = place(bundle, 'grab');
    const { id } = await running({ bundle });
    const { pid } = await stateOf(id);
    const attacker = startRuntime(['exec', id, grab, bait.file, '5']);
    await until('the attacker', () => attacker.output().includes('ready'));
    const other = makeBundle({
      args: ['true'],
      owner: 100_000,
      config: (config) => {
        config.linux.namespaces.push({ type: 'user' });
        if (kind === 'joined') {
          config.linux.namespaces = config.linux.namespaces.map((namespace) =>
            namespace.type === 'pid' ? { type: 'pid', path: `/proc/${pid}/ns/pid` } : namespace,
          );
          // It has no rights over the other's processes.
          config.mounts = config.mounts.filter(({ type }) => type !== 'proc');
        }
        config.linux.uidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
        config.linux.gidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
      },
    });
    for (let made = 0; !attacker.output().includes('saw'); made++) {
      succeed(await run(other));
      expect(made).toBeLessThan(1000);
    }
    expect(succeed(await attacker.done)).toMatch(/ found 0$/);
  });

  test("finds the way in the host's pid namespace, which shows that the search works", async () => {
    const bait = canary();
    // In the host's pid namespace, /proc/1/root is the host's root.
    const bundle = makeBundle({
      config: (config) => {
        const names = ['CAP_SYS_PTRACE', 'CAP_DAC_OVERRIDE', 'CAP_SYS_ADMIN', 'CAP_KILL', 'CAP_DAC_READ_SEARCH'];
        config.process.capabilities = { bounding: names, effective: names, permitted: names };
        config.linux.namespaces = config.linux.namespaces.filter(({ type }) => type !== 'pid');
      },
    });
    const grab = place(bundle, 'grab');
    bundle.config.process.args = [grab, bait.file, '1'];
    bundle.save();
    expect(succeed(await run(bundle))).not.toMatch(/ found 0$/);
  });
});

describe('a process of the container that may trace others and takes the sockets of tsrun-init', () => {
  /** How the processes of exec have their terminal, if any. */
  const terminals: Readonly<Record<string, () => Promise<{ readonly flags: readonly string[]; readonly wrapper: readonly string[] }>>> = {
    'no terminal': () => Promise.resolve({ flags: [], wrapper: [] }),
    "the caller's terminal": () => Promise.resolve({ flags: ['--tty'], wrapper: [program('on_terminal'), '30', '100'] }),
    'a terminal by a console socket': async () => {
      const { path } = await openConsole();
      return { flags: ['--tty', '--detach', '--console-socket', path], wrapper: [] };
    },
  };

  test.each(Object.keys(terminals))('gets at no descriptor of the tsrun that calls exec, or of its engine, with %s', async (kind) => {
    const attempts = await race(1, async () => {
      const { bundle, strike } = withPeer();
      const { id } = await running({ bundle });
      const { ended, hasMet } = await strike(id, 2);
      while (!ended()) {
        const { flags, wrapper } = await (terminals[kind] as () => Promise<{ flags: string[]; wrapper: string[] }>)();
        // The attacker may have read what tsrun-init waits for.
        await exec(id, ['true'], flags, { timeout: 1_000, wrapper }).catch(() => undefined);
      }
      return hasMet();
    });
    expect(attempts).toBeGreaterThan(0);
  });

  test('gets at none of the tsrun that created, looks at or starts a container', async () => {
    const attempts = await race(1, async () => {
      const { bundle, strike } = withPeer();
      const { id } = await created({ bundle });
      const { ended, hasMet } = await strike(id, 4);
      const starting = startRuntime(['start', id]);
      while (!ended()) await runtime(['state', id]);
      const success = await hasMet();
      // The attacker may have taken its connection, and then nobody answers.
      starting.child.kill('SIGKILL');
      await starting.done.catch(() => undefined);
      return success;
    });
    expect(attempts).toBeGreaterThan(0);
  });
});

describe('a process of the container that takes the sockets of a container that a program created', () => {
  test.each(['from the beginning', 'from a warm slot'])('gets at no descriptor of the program: %s', async (kind) => {
    const attempts = await race(1, async () => {
      const { bundle, strike } = withPeer();
      const library = new Runtime({ root: stateRoot });
      const pool = kind === 'from a warm slot' ? await library.prewarm({ bundle: bundle.directory, count: 1 }) : undefined;
      afterTest(() => pool?.close());
      const id = newId();
      const container = await library.create({ id, bundle: bundle.directory, stdio: 'ignore' });
      afterTest(() => container.delete({ force: true }));
      const { ended, hasMet } = await strike(id, 2);
      while (!ended()) await exec(id, ['true'], [], { timeout: 1_000 }).catch(() => undefined);
      expect(pool?.warm ?? 1).toBe(1);
      return hasMet();
    });
    expect(attempts).toBeGreaterThan(0);
  });
});

const digest = (): string =>
  createHash('sha256')
    .update(readFileSync(runtimeCommand[0] ?? ''))
    .digest('hex');

describe('the program of the runtime cannot be modified from inside: CVE-2019-5736', () => {
  test('through /proc/1/exe of a waiting container, or later through a descriptor of it', async () => {
    const before = digest();
    const bundle = makeBundle({ config: mayTrace });
    const overwrite = place(bundle, 'overwrite');
    const { id } = await created({ bundle });
    const attacker = startRuntime(['exec', id, overwrite, '1', '3']);
    await until('the attacker', () => attacker.output().includes('opened'));
    // A running program cannot be written in any case (ETXTBSY); after the start it does not run any more.
    succeed(await runtime(['start', id]));
    const said = succeed(await attacker.done);
    expect(said).toMatch(/^opened \/memfd:/);
    expect(said).toMatch(/tried often written 0 last Operation not permitted$/);
    expect(digest()).toBe(before);
    // The next container uses an unchanged program.
    expect(succeed(await run(makeBundle({ args: ['echo', 'fine'] })))).toBe('fine');
  });

  test('by a script with #!/proc/self/exe', async () => {
    const before = digest();
    const bundle = makeBundle({ config: mayTrace });
    writeFileSync(`${bundle.rootfs}/bin/evil`, '#!/proc/self/exe\n');
    chmodSync(`${bundle.rootfs}/bin/evil`, 0o755);
    const { id } = await running({ bundle });
    for (const program of ['/bin/evil', '/proc/self/exe']) {
      const outcome = await exec(id, [program, 'list', '--root', stateRoot]);
      expect(outcome.code).not.toBe(0);
      expect(outcome.stdout).toBe('');
    }
    expect(digest()).toBe(before);
  });
});
