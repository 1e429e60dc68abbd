import { chmodSync, mkdirSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import {
  can,
  created,
  describe,
  expect,
  fail,
  makeBundle,
  newDirectory,
  newId,
  newPath,
  run,
  running,
  runtime,
  stateOf,
  stopped,
  test,
  type Bundle,
  type Outcome,
} from '../harness/index.js';

function create(bundle: string, id = newId()): Promise<Outcome> {
  return runtime(['create', '--bundle', bundle, id]);
}

/** The last line: warnings may precede it. */
const lastLine = (text: string): string => text.trimEnd().split('\n').at(-1) ?? '';

describe.runIf(can.runcCommand)('create of a bundle', () => {
  test('that does not exist fails', async () => {
    expect(fail(await create('/no/where'))).toMatch(/\/no\/where.*no such file or directory/);
  });

  test('that is not a directory fails', async () => {
    const file = newPath();
    writeFileSync(file, '');
    expect(fail(await create(file))).toMatch(/not a directory/);
  });

  test('without config.json fails', async () => {
    expect(fail(await create(newDirectory()))).toMatch(/config\.json/);
  });

  test.each<readonly [string, string]>([
    ['nothing', ''],
    ['half of a document', '{"ociVersion": "1.0.2", "process": {'],
    ['an array', '[]'],
    ...(can.currentRuncWords ? [['null', 'null'] as const] : []),
    ['text', 'hello'],
    ['something after the document', '{} x'],
  ])('with %s as its config.json fails', async (_name, text) => {
    const directory = newDirectory();
    writeFileSync(`${directory}/config.json`, text);
    expect(lastLine(fail(await create(directory)))).not.toBe('');
  });

  test.runIf(can.tsrun)('whose config.json is not UTF-8 fails', async () => {
    const bundle = makeBundle();
    writeFileSync(`${bundle.directory}/config.json`, Buffer.from(JSON.stringify(bundle.config).replace('box', 'b\xffx'), 'latin1'));
    expect(fail(await create(bundle.directory))).toMatch(/config\.json.*UTF-8/);
  });

  test.runIf(can.tsrun)('with a config.json of 100 MB fails', async () => {
    const bundle = makeBundle();
    truncateSync(`${bundle.directory}/config.json`, 100 << 20);
    const before = Date.now();
    expect(fail(await create(bundle.directory))).toMatch(/config\.json.*(too large|larger than)/);
    expect(Date.now() - before).toBeLessThan(10_000);
  });

  test('whose config.json is a directory fails', async () => {
    const directory = newDirectory();
    mkdirSync(`${directory}/config.json`);
    expect(fail(await create(directory))).toMatch(/is a directory/);
  });

  test.runIf(can.tsrun)('whose config.json is nested too deep fails', async () => {
    const directory = newDirectory();
    writeFileSync(`${directory}/config.json`, `${'['.repeat(200_000)}${']'.repeat(200_000)}`);
    fail(await create(directory));
  });

  test('without a rootfs fails', async () => {
    const bundle = makeBundle();
    rmSync(bundle.rootfs, { recursive: true });
    expect(fail(await create(bundle.directory))).toMatch(/rootfs.*(no such file or directory|does not exist)/);
  });

  test('whose rootfs is a file fails', async () => {
    const bundle = makeBundle();
    rmSync(bundle.rootfs, { recursive: true });
    writeFileSync(bundle.rootfs, '');
    fail(await create(bundle.directory));
  });

  // The specification requires semantic versions 1.x; runc accepts anything.
  test.runIf(can.tsrun).each(['0.9.0', '2.0.0', 'one', ''])('of the unsupported version "%s" fails', async (version) => {
    const bundle = makeBundle({ config: (config) => (config.ociVersion = version) });
    fail(await create(bundle.directory));
  });

  test.each(['1.0.0', '1.0.2-dev', '1.1.0', '1.2.1', '1.3.0'])('of version %s succeeds', async (version) => {
    expect((await run(makeBundle({ args: ['true'], config: (config) => (config.ociVersion = version) }))).code).toBe(0);
  });

  test('with unknown fields succeeds', async () => {
    const bundle = makeBundle({ args: ['true'], config: (config) => Object.assign(config, { luck: { level: 7 } }, { windows: {} }) });
    expect((await run(bundle)).code).toBe(0);
  });

  test.each([
    ['process.args', (bundle: Bundle) => Object.assign(bundle.config.process, { args: 'sh' })],
    ['process.user.uid', (bundle: Bundle) => Object.assign(bundle.config.process.user, { uid: 'root' })],
    ['process.user.uid below 0', (bundle: Bundle) => Object.assign(bundle.config.process.user, { uid: -1 })],
    ['process.terminal', (bundle: Bundle) => Object.assign(bundle.config.process, { terminal: 'no' })],
    ['mounts', (bundle: Bundle) => Object.assign(bundle.config, { mounts: {} })],
    ['linux.namespaces', (bundle: Bundle) => Object.assign(bundle.config.linux, { namespaces: ['pid'] })],
    ['root', (bundle: Bundle) => Object.assign(bundle.config, { root: 'rootfs' })],
    ['hostname', (bundle: Bundle) => Object.assign(bundle.config, { hostname: 7 })],
  ] as const)('has the wrong type for %s', async (_name, change) => {
    const bundle = makeBundle();
    change(bundle);
    bundle.save();
    fail(await create(bundle.directory));
  });
});

describe.runIf(can.runcCommand)('create reports that the executable', () => {
  const errorOf = async (args: string[], prepare: (bundle: Bundle) => void = () => undefined): Promise<string> => {
    const bundle = makeBundle({ args });
    prepare(bundle);
    bundle.save();
    const outcome = await run(bundle);
    // 255 in runc if execve itself fails, 1 if the error is found earlier.
    expect([1, 255]).toContain(outcome.code);
    return outcome.stderr;
  };

  test('is not found in PATH', async () => {
    expect(await errorOf(['nowhere'])).toMatch(/exec: \\?"nowhere\\?": executable file not found in \$PATH/);
  });

  test('does not exist', async () => {
    expect(await errorOf(['/no/where'])).toMatch(/\/no\/where.*no such file or directory/);
  });

  test('is not executable', async () => {
    const message = await errorOf(['/plain'], (bundle) => {
      writeFileSync(`${bundle.rootfs}/plain`, '#!/bin/sh\n');
      chmodSync(`${bundle.rootfs}/plain`, 0o644);
    });
    expect(message).toMatch(/\/plain.*permission denied/);
  });

  test('is a directory', async () => {
    expect(await errorOf(['/etc'])).toMatch(/\/etc.*(is a directory|permission denied)/);
  });

  test('has an interpreter that does not exist', async () => {
    const message = await errorOf(['/script'], (bundle) => {
      writeFileSync(`${bundle.rootfs}/script`, '#!/no/interpreter\n', { mode: 0o755 });
    });
    expect(message).toMatch(/no such file or directory/);
    if (can.currentRuncWords) expect(message).toContain('exec /script: no such file or directory');
    // The peers' message looks as if the script were missing.
    if (can.tsrun) expect(message).toMatch(/interpreter/);
  });

  test('is not a program', async () => {
    const message = await errorOf(['/garbage'], (bundle) => {
      writeFileSync(`${bundle.rootfs}/garbage`, 'garbage', { mode: 0o755 });
    });
    expect(message).toMatch(/exec format error/);
  });

  test('is a symlink to itself', async () => {
    const message = await errorOf(['/loop'], (bundle) => symlinkSync('loop', `${bundle.rootfs}/loop`));
    expect(message).toMatch(/\/loop.*too many levels of symbolic links/);
  });

  test('would start in a file', async () => {
    const message = await errorOf(['true'], (bundle) => {
      writeFileSync(`${bundle.rootfs}/file`, '');
      bundle.config.process.cwd = '/file';
    });
    expect(message).toMatch(/\/file.*not a directory/);
  });
});

describe.runIf(can.runcCommand)('the container id', () => {
  test.each(['', '.', '..', 'a b', 'a/b', '../a', 'ä', 'a\nb', 'a:b'])('"%s" is invalid', async (id) => {
    const message = fail(await create(makeBundle().directory, id));
    expect(message).toMatch(id === '' ? /container id cannot be empty/ : /invalid container ID format/);
  });

  test.each(['state', 'start', 'kill', 'delete', 'ps'])('".." is invalid for %s', async (verb) => {
    expect(fail(await runtime([verb, '..']))).toMatch(/invalid container ID format/);
  });

  // The danger is the directory above the state root.
  test.each(['..', '.', ''])('"%s" is invalid for delete, even with --force', async (id) => {
    const { id: other } = await created();
    fail(await runtime(['delete', '--force', id]));
    expect((await stateOf(other)).status).toBe('created');
  });

  test('may contain every allowed character', async () => {
    const id = `${newId()}_A.b+c-0`;
    expect((await create(makeBundle().directory, id)).code).toBe(0);
    expect((await stateOf(id)).id).toBe(id);
  });

  test('is refused if it is in use', async () => {
    const container = await created();
    expect(fail(await create(container.bundle.directory, container.id))).toMatch(/container with given ID already exists/);
  });

  test.each(['state', 'start', 'kill', 'delete', 'ps', 'pause', 'resume'])('is unknown to %s if no container has it', async (verb) => {
    expect(fail(await runtime([verb, newId()]))).toMatch(/container does not exist/);
  });

  test('is unknown to exec if no container has it', async () => {
    expect(fail(await runtime(['exec', newId(), 'true']), 255)).toMatch(/container does not exist/);
  });
});

describe.runIf(can.currentRuncWords)("an error uses runc's words for", () => {
  test('start of a running container', async () => {
    expect(fail(await runtime(['start', (await running()).id]))).toMatch(/cannot start an already running container/);
  });

  test('start of a stopped container', async () => {
    expect(fail(await runtime(['start', (await stopped()).id]))).toMatch(/cannot start a container that has stopped/);
  });

  test('kill of a stopped container', async () => {
    expect(fail(await runtime(['kill', (await stopped()).id, 'KILL']))).toMatch(/container not running/);
  });

  test('exec in a stopped container', async () => {
    expect(fail(await runtime(['exec', (await stopped()).id, 'true']), 255)).toMatch(/cannot exec in a stopped container/);
  });

  test('delete of a running container', async () => {
    const { id } = await running();
    expect(fail(await runtime(['delete', id]))).toMatch(new RegExp(`cannot delete container ${id} that is not stopped: running`));
  });

  test('an unknown signal', async () => {
    expect(fail(await runtime(['kill', (await running()).id, 'BOGUS']))).toMatch(/unknown signal "?\\?"?BOGUS/);
  });
});

test('a failed create leaves no pid file', async () => {
  const pidFile = newPath('.pid');
  fail(
    await runtime([
      'create',
      '--pid-file',
      pidFile,
      '--bundle',
      makeBundle({ config: (config) => (config.root.path = '/no/where') }).directory,
      newId(),
    ]),
  );
  expect(statSync(pidFile, { throwIfNoEntry: false })).toBeUndefined();
});
