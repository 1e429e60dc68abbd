import { createHash } from 'node:crypto';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { canary, created, describe, exec, expect, makeBundle, place, run, running, runtime, runtimeCommand, startRuntime, stateRoot, succeed, test, until, type Config } from './harness/index.js';

/** CAP_SYS_PTRACE, as people give it to containers to debug in them. */
function mayTrace(config: Config): void {
  const names = ['CAP_SYS_PTRACE', 'CAP_DAC_OVERRIDE', 'CAP_KILL'];
  config.process.capabilities = { bounding: names, effective: names, permitted: names };
}

describe('a process of the container that may trace others: CVE-2016-9962', () => {
  test('finds no way to the host in what exec brings in', async () => {
    const bait = canary();
    const bundle = makeBundle({ config: mayTrace });
    const grab = place(bundle, 'grab');
    const { id } = await running({ bundle });
    const attacker = startRuntime(['exec', id, grab, bait.file, '3']);
    await until('the attacker', () => attacker.output().includes('ready'));
    let victims = 0;
    for (let going = true; going; victims++) {
      await exec(id, ['true'], ['--cwd', '/']);
      going = !attacker.output().includes('saw');
    }
    const said = succeed(await attacker.done);
    expect(victims).toBeGreaterThan(10);
    // It saw far more processes than its own container's first.
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

  test('finds it where there is one', async () => {
    const bait = canary();
    // The pid namespace of the host: /proc/1/root is its root.
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

const digest = (): string => createHash('sha256').update(readFileSync(runtimeCommand[0] ?? '')).digest('hex');

describe('the program of the runtime cannot be written from inside: CVE-2019-5736', () => {
  test('through /proc/1/exe of a container that waits, nor later through a descriptor of it', async () => {
    const before = digest();
    const bundle = makeBundle({ config: mayTrace });
    const overwrite = place(bundle, 'overwrite');
    const { id } = await created({ bundle });
    const attacker = startRuntime(['exec', id, overwrite, '1', '3']);
    await until('the attacker', () => attacker.output().includes('opened'));
    // What is executed cannot be written in any case (ETXTBSY): now it is not any more.
    succeed(await runtime(['start', id]));
    const said = succeed(await attacker.done);
    expect(said).toMatch(/^opened \/memfd:/);
    expect(said).toMatch(/tried often written 0 last Operation not permitted$/);
    expect(digest()).toBe(before);
    // And the next container is born from an unchanged one.
    expect(succeed(await run(makeBundle({ args: ['echo', 'fine'] })))).toBe('fine');
  });

  test('is not what a script with #!/proc/self/exe runs', async () => {
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
