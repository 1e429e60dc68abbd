import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { afterTest, can, created, describe, exec, expect, fail, leftovers, makeBundle, mark, newDirectory, newId, run, running, runtime, stateOf, succeed, test, type Bundle, type Config } from '../harness/index.js';

const writes = 'echo inside > /made && rm /etc/group && echo changed > /etc/passwd && cat /made';
const writable = (config: Config): void => void (config.root.readonly = false);

function expectUntouched(bundle: Bundle): void {
  expect(existsSync(`${bundle.rootfs}/made`)).toBe(false);
  expect(existsSync(`${bundle.rootfs}/etc/group`)).toBe(true);
  expect(readFileSync(`${bundle.rootfs}/etc/passwd`, 'utf8')).toContain('root:');
}

/** Directories that each hold a file of their own and all hold the file `which`; the topmost first. */
function layers(count: number, base: string): string[] {
  const above = Array.from({ length: count - 1 }, (_, index) => {
    const directory = newDirectory();
    writeFileSync(`${directory}/layer${index}`, '');
    writeFileSync(`${directory}/which`, String(index));
    return directory;
  });
  return [...above, base];
}

describe.runIf(can.tsrun)('--overlay', () => {
  test.each(['--overlay', '--overlay=memory'])('%s leaves the rootfs untouched', async (flag) => {
    const bundle = makeBundle({ script: writes, config: writable });
    expect(succeed(await run(bundle, { flags: [flag] }))).toBe('inside');
    expectUntouched(bundle);
  });

  test('keeps what was written while the container lives', async () => {
    const bundle = makeBundle({ config: writable });
    const id = newId();
    succeed(await runtime(['create', '--overlay', '--bundle', bundle.directory, id]));
    succeed(await runtime(['start', id]));
    succeed(await exec(id, ['sh', '-c', writes]));
    expect(succeed(await exec(id, ['cat', '/made']))).toBe('inside');
    expectUntouched(bundle);
    succeed(await runtime(['delete', '--force', id]));
    expectUntouched(bundle);
  });

  test('in memory starts anew each time', async () => {
    const bundle = makeBundle({ script: 'ls /made 2>/dev/null; touch /made', config: writable });
    expect(succeed(await run(bundle, { flags: ['--overlay'] }))).toBe('');
    expect(succeed(await run(bundle, { flags: ['--overlay'] }))).toBe('');
  });

  test('in a directory keeps what was written, and takes it up again', async () => {
    const directory = newDirectory();
    const bundle = makeBundle({ script: 'cat /made 2>/dev/null; echo again > /made', config: writable });
    expect(succeed(await run(bundle, { flags: [`--overlay=${directory}`] }))).toBe('');
    expect(succeed(await run(bundle, { flags: [`--overlay=${directory}`] }))).toBe('again');
    expectUntouched(bundle);
    expect(readFileSync(`${directory}/upper/made`, 'utf8')).toBe('again\n');
  });

  test('works with a read-only root, which stays read-only', async () => {
    const bundle = makeBundle({ script: 'touch /made 2>/dev/null || echo refused' });
    expect(succeed(await run(bundle, { flags: ['--overlay'] }))).toBe('refused');
  });

  test('makes the destinations of mounts without touching the rootfs', async () => {
    const bundle = makeBundle({ script: 'test -d /new/place && echo made', config: (config) => config.mounts.push({ destination: '/new/place', type: 'tmpfs', source: 'tmpfs' }) });
    expect(succeed(await run(bundle, { flags: ['--overlay'] }))).toBe('made');
    expect(existsSync(`${bundle.rootfs}/new`)).toBe(false);
  });

  test('of the host\'s own root', async () => {
    const file = `/${mark}-made`;
    afterTest(() => rmSync(file, { force: true }));
    const bundle = makeBundle({
      args: ['/bin/sh', '-c', `echo inside > ${file} && cat ${file} && echo $$ && hostname`],
      config: (config) => {
        writable(config);
        config.root.path = '/';
      },
    });
    expect(succeed(await run(bundle, { flags: ['--overlay'] }))).toBe('inside\n1\nbox');
    expect(existsSync(file)).toBe(false);
  });

  test('in a user namespace', async () => {
    const bundle = makeBundle({
      script: 'echo inside > /tmp/made && cat /tmp/made',
      owner: 100_000,
      config: (config) => {
        writable(config);
        config.linux.namespaces.push({ type: 'user' });
        config.linux.uidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
        config.linux.gidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
      },
    });
    expect(succeed(await run(bundle, { flags: ['--overlay'] }))).toBe('inside');
    expect(existsSync(`${bundle.rootfs}/tmp/made`)).toBe(false);
  });

  test('leaves no mount on the host, not even while it runs', async () => {
    const before = readFileSync('/proc/self/mountinfo', 'utf8');
    await running({ flags: ['--overlay'], config: writable });
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).toBe(before);
  });

  test('with a directory that does not exist is an error that names it', async () => {
    expect(fail(await run(makeBundle({ args: ['true'] }), { flags: ['--overlay=/no/where'] }))).toMatch(/\/no\/where/);
  });

  test('that fails leaves nothing', async () => {
    fail(await run(makeBundle({ args: ['/no/where'] }), { flags: ['--overlay'] }));
    expect(leftovers(mark, '/nonexistent')).toEqual([]);
  });
});

describe.runIf(can.tsrun)('the annotations', () => {
  const annotate = (annotations: Record<string, string>) => (config: Config) => {
    writable(config);
    config.annotations = annotations;
  };

  test('org.tsrun.overlay asks for one', async () => {
    const bundle = makeBundle({ script: writes, config: annotate({ 'org.tsrun.overlay': 'memory' }) });
    expect(succeed(await run(bundle))).toBe('inside');
    expectUntouched(bundle);
  });

  test('org.tsrun.overlay with a directory', async () => {
    const directory = newDirectory();
    const bundle = makeBundle({ script: writes, config: annotate({ 'org.tsrun.overlay': directory }) });
    succeed(await run(bundle));
    expect(readdirSync(`${directory}/upper`)).toContain('made');
  });

  test.each([1, 2, 100])('org.tsrun.overlay.lowers: %i layers', async (count) => {
    const bundle = makeBundle({ script: 'cat /which 2>/dev/null; ls / | grep -c layer; echo inside > /made' });
    const lowers = layers(count, bundle.rootfs);
    annotate({ 'org.tsrun.overlay': 'memory', 'org.tsrun.overlay.lowers': JSON.stringify(lowers) })(bundle.config);
    bundle.config.process.args = ['sh', '-c', 'cat /which 2>/dev/null; ls / | grep -c layer; echo inside > /made'];
    bundle.save();
    // The topmost layer has the last word.
    expect(succeed(await run(bundle))).toBe(`${count > 1 ? '0' : ''}${count - 1}`);
    for (const lower of lowers) expect(existsSync(`${lower}/made`)).toBe(false);
  });

  test('layers may have any name', async () => {
    const bundle = makeBundle({ script: 'cat /which' });
    const odd = `${newDirectory()}/a:b,c\\d "e`;
    mkdirSync(odd);
    writeFileSync(`${odd}/which`, 'odd');
    annotate({ 'org.tsrun.overlay': 'memory', 'org.tsrun.overlay.lowers': JSON.stringify([odd, bundle.rootfs]) })(bundle.config);
    bundle.save();
    expect(succeed(await run(bundle))).toBe('odd');
  });

  test.each(['', '[]', '["relative"]', '{}', 'text', '[1]'])('lowers "%s" are refused', async (lowers) => {
    fail(await run(makeBundle({ args: ['true'], config: annotate({ 'org.tsrun.overlay': 'memory', 'org.tsrun.overlay.lowers': lowers }) })));
  });

  test('a created container has its state as any other', async () => {
    const container = await created({ config: annotate({ 'org.tsrun.overlay': 'memory' }) });
    expect((await stateOf(container.id)).rootfs).toBe(container.bundle.rootfs);
  });
});
