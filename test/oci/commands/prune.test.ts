import { existsSync, mkdirSync, readdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  created,
  describe,
  expect,
  makeBundle,
  newDirectory,
  newId,
  newPath,
  runtime,
  startRuntime,
  stateOf,
  stateRoot,
  stopped,
  succeed,
  test,
  until,
  type Started,
} from '../harness/index.js';

interface Creating {
  readonly id: string;
  readonly call: Started;
  /** Lets its hook end. */
  finish(): void;
}

/** A create whose hook waits. */
async function creating(): Promise<Creating> {
  const id = newId();
  const [reached, gate] = [newPath(), newPath()];
  const wait = `echo > ${reached}; until [ -e ${gate} ]; do sleep 0.01; done`;
  const bundle = makeBundle({ config: (c) => (c.hooks = { createRuntime: [{ path: '/bin/sh', args: ['sh', '-c', wait] }] }) });
  const call = startRuntime(['create', '--bundle', bundle.directory, id]);
  await until('the hook runs', () => existsSync(reached));
  return { id, call, finish: () => writeFileSync(gate, '') };
}

async function interrupted(): Promise<string> {
  const { id, call, finish } = await creating();
  call.child.kill('SIGKILL');
  await call.done.catch(() => undefined);
  finish();
  return id;
}

describe('prune', () => {
  test('removes what interrupted creations have left, and nothing else', async () => {
    const [first, second] = [await interrupted(), await interrupted()];
    const other = await created();
    const end = await stopped();
    // As if killed before the record was written.
    unlinkSync(join(stateRoot, second, 'state.json'));
    const listed = await runtime(['list', '--quiet']);
    expect(listed.stdout).toBe(`${[first, other.id, end.id].sort().join('\n')}\n`);
    expect(listed.stderr).toContain(`container \\"${second}\\": its creation was interrupted`);
    expect(succeed(await runtime(['prune']))).toBe([first, second].sort().join('\n'));
    for (const id of [first, second]) expect(existsSync(join(stateRoot, id))).toBe(false);
    expect((await stateOf(other.id)).status).toBe('created');
    expect((await stateOf(end.id)).status).toBe('stopped');
  });

  test('removes stopped containers if asked to', async () => {
    const other = await created();
    const end = await stopped();
    expect(succeed(await runtime(['prune', '--stopped']))).toBe(end.id);
    expect(existsSync(join(stateRoot, end.id))).toBe(false);
    expect((await stateOf(other.id)).status).toBe('created');
  });

  test('does not touch a creation that is going on', async () => {
    const { id, call, finish } = await creating();
    expect(await runtime(['prune', '--stopped'])).toMatchObject({ code: 0, stdout: '', stderr: '' });
    finish();
    succeed(await call.done);
    expect((await stateOf(id)).status).toBe('created');
  });

  test('has nothing to remove below a root that does not exist, and leaves alone what is no container', async () => {
    const root = join(newDirectory(), 'none');
    expect(await runtime(['prune', '--stopped'], { root })).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(existsSync(root)).toBe(false);
    const foreign = newDirectory();
    mkdirSync(join(foreign, 'empty'), { mode: 0o700 });
    mkdirSync(join(foreign, 'other'), { mode: 0o700 });
    writeFileSync(join(foreign, 'other', 'state.json'), '{}');
    expect(await runtime(['prune', '--stopped'], { root: foreign })).toMatchObject({ code: 0, stdout: '' });
    mkdirSync(join(foreign, 'same-name'), { mode: 0o700 });
    writeFileSync(join(foreign, 'same-name', 'cgroup'), '/a/path\n');
    expect(await runtime(['prune', '--stopped'], { root: foreign })).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(readdirSync(foreign).sort()).toEqual(['empty', 'other', 'same-name']);
  });

  test.each(['.cgroup.123.4.tmp', '.state.json.123.4.tmp'])(
    'removes a creation that was killed while it wrote its first file, %s',
    async (file) => {
      const root = newDirectory();
      const make = (): void => {
        mkdirSync(join(root, 'unfinished'), { mode: 0o700 });
        writeFileSync(join(root, 'unfinished', file), '/a');
      };
      make();
      const listed = await runtime(['list', '--quiet'], { root });
      expect(listed).toMatchObject({ code: 0, stdout: '' });
      expect(listed.stderr).toContain('container \\"unfinished\\": its creation was interrupted');
      expect(succeed(await runtime(['prune'], { root }))).toBe('unfinished');
      make();
      succeed(await runtime(['delete', '--force', '--regex', '.'], { root }));
      expect(readdirSync(root)).toEqual([]);
    },
  );

  test('does not take an empty directory, or one with other files, for a container; delete --force ID removes it', async () => {
    const root = newDirectory();
    for (const name of ['empty', 'mixed']) mkdirSync(join(root, name), { mode: 0o700 });
    for (const file of ['.cgroup.123.4.tmp', 'of-somebody']) writeFileSync(join(root, 'mixed', file), '/a');
    expect(await runtime(['list', '--quiet'], { root })).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(await runtime(['prune', '--stopped'], { root })).toMatchObject({ code: 0, stdout: '', stderr: '' });
    succeed(await runtime(['delete', '--force', '--regex', '.'], { root }));
    expect(readdirSync(root).sort()).toEqual(['empty', 'mixed']);
    succeed(await runtime(['delete', '--force', 'empty'], { root }));
    expect(readdirSync(root)).toEqual(['mixed']);
  });
});
