import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import {
  can,
  created,
  describe,
  expect,
  fail,
  isAlive,
  leftovers,
  makeBundle,
  mark,
  newDirectory,
  newId,
  pause,
  running,
  runtime,
  startRuntime,
  stateOf,
  stateRoot,
  succeed,
  sweep,
  test,
  until,
} from '../harness/index.js';

/** Waits until nothing of an id is left anywhere. */
async function gone(id: string): Promise<void> {
  // With a delimiter, because an id that ends in -1 is a prefix of one that ends in -10.
  const left = (): readonly string[] =>
    leftovers(mark, stateRoot)
      .map((one) => one.what)
      .filter((what) => new RegExp(`${id}(?!\\d)`).test(what));
  await until(`nothing of ${id}`, () => left().length === 0, 10_000).catch(() => expect(left()).toEqual([]));
}

describe('a runtime that is killed', () => {
  // The moments are spread over the time that a create takes here.
  test('in the middle of create leaves nothing that delete --force does not remove', { timeout: 120_000 }, async () => {
    const bundle = makeBundle({ args: ['true'] });
    const began = Date.now();
    const probe = newId();
    succeed(await runtime(['create', '--bundle', bundle.directory, probe]));
    succeed(await runtime(['delete', '--force', probe]));
    const whole = Date.now() - began;
    const rounds = 40;
    for (let round = 0; round < rounds; round++) {
      const id = newId();
      const call = startRuntime(['create', '--bundle', bundle.directory, id]);
      await pause((whole * round) / rounds);
      call.child.kill('SIGKILL');
      await call.done.catch(() => undefined);
      succeed(await runtime(['delete', '--force', id]));
      if (can.leaveNothingKilled) await gone(id);
    }
    if (!can.leaveNothingKilled) await sweep();
  });

  test('in the middle of start leaves a container that can be deleted', async () => {
    for (let round = 0; round < 10; round++) {
      const { id } = await created();
      const call = startRuntime(['start', id]);
      await pause(round);
      call.child.kill('SIGKILL');
      await call.done.catch(() => undefined);
      succeed(await runtime(['delete', '--force', id]));
      await gone(id);
    }
  });

  test('in the middle of delete leaves a container that can be deleted', async () => {
    for (let round = 0; round < 10; round++) {
      const { id } = await running();
      const call = startRuntime(['delete', '--force', id]);
      await pause(round);
      call.child.kill('SIGKILL');
      await call.done.catch(() => undefined);
      succeed(await runtime(['delete', '--force', id]));
      if (can.leaveNothingKilled) await gone(id);
    }
    if (!can.leaveNothingKilled) await sweep();
  });
});

describe('many commands at once', () => {
  test('of 50 creates with one id, exactly one succeeds', { timeout: 120_000 }, async () => {
    const bundle = makeBundle();
    const id = newId();
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, () => runtime(['create', '--bundle', bundle.directory, id], { timeout: 100_000 })),
    );
    expect(outcomes.filter((outcome) => outcome.code === 0)).toHaveLength(1);
    for (const outcome of outcomes.filter((one) => one.code !== 0)) expect(outcome.stderr).toMatch(/exists/);
    expect((await stateOf(id)).status).toBe('created');
    expect(await runtime(['exec', id, 'true'])).toMatchObject({ code: 0 });
  });

  test('20 containers are created, listed and deleted in parallel', async () => {
    const bundle = makeBundle();
    const ids = Array.from({ length: 20 }, newId);
    for (const outcome of await Promise.all(ids.map((id) => runtime(['create', '--bundle', bundle.directory, id])))) succeed(outcome);
    expect(
      succeed(await runtime(['list', '-q']))
        .split('\n')
        .sort(),
    ).toEqual([...ids].sort());
    for (const outcome of await Promise.all(ids.map((id) => runtime(['delete', '--force', id])))) succeed(outcome);
  });

  test('of 10 starts, exactly one succeeds', async () => {
    const { id } = await created();
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => runtime(['start', id])));
    expect(outcomes.filter((outcome) => outcome.code === 0)).toHaveLength(1);
    expect((await stateOf(id)).status).toBe('running');
  });

  test('of 10 deletes, at least one succeeds and none hangs', async () => {
    const { id } = await running();
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => runtime(['delete', '--force', id])));
    expect(outcomes.some((outcome) => outcome.code === 0)).toBe(true);
    await gone(id);
  });
});

describe('the state directory', () => {
  test('on a full file system is a clear error', async () => {
    const root = newDirectory();
    const bundle = makeBundle();
    const id = newId();
    // A full tmpfs of one page, in a mount namespace that ends with the call.
    const script = `mount -t tmpfs -o size=4k tmpfs ${root} && { cat /dev/zero > ${root}/full 2>/dev/null; "$@"; code=$?; ls ${root} > ${bundle.directory}/left; exit $code; }`;
    const outcome = await runtime(['create', '--bundle', bundle.directory, id], {
      root,
      wrapper: ['unshare', '-m', '--propagation', 'private', 'sh', '-c', script, 'sh'],
    });
    const message = fail(outcome);
    if (can.tsrun) expect(message).toMatch(/no space left on device/);
    if (!can.leaveNothing) return;
    await gone(id);
    expect(readFileSync(`${bundle.directory}/left`, 'utf8').trim()).toBe('full');
  });

  test('is created if its root does not exist', async () => {
    const root = `${newDirectory()}/a/b`;
    const id = newId();
    succeed(await runtime(['create', '--bundle', makeBundle().directory, id], { root }));
    expect(succeed(await runtime(['list', '-q'], { root }))).toBe(id);
    succeed(await runtime(['delete', '--force', id], { root }));
  });

  test('belongs to its root: another root does not know the container', async () => {
    const { id } = await created();
    fail(await runtime(['state', id], { root: newDirectory() }));
  });

  test.runIf(can.tsrun)('with a truncated file is reported, skipped by list, and deleted by --force', async () => {
    const { id } = await running();
    const { pid } = await stateOf(id);
    const other = await created();
    writeFileSync(`${stateRoot}/${id}/state.json`, '{"version": 1, "id": "');
    expect(fail(await runtime(['state', id]))).toMatch(/state/);
    expect(succeed(await runtime(['list', '-q'])).split('\n')).toEqual([other.id]);
    fail(await runtime(['delete', id]));
    succeed(await runtime(['delete', '--force', id]));
    expect(existsSync(`${stateRoot}/${id}`)).toBe(false);
    await until('the end of its process', () => !isAlive(pid));
  });

  test.runIf(can.tsrun)('that is empty can be deleted by --force', async () => {
    const id = newId();
    mkdirSync(`${stateRoot}/${id}`);
    fail(await runtime(['state', id]));
    succeed(await runtime(['delete', '--force', id]));
    expect(readdirSync(stateRoot)).not.toContain(id);
  });

  test('stays usable without the bundle', async () => {
    const { id, bundle } = await running();
    rmSync(bundle.directory, { recursive: true });
    expect((await stateOf(id)).status).toBe('running');
    succeed(await runtime(['delete', '--force', id]));
  });
});

describe("without root's rights", () => {
  test('create fails with a clear message, and creates nothing', async () => {
    const bundle = makeBundle();
    const root = newDirectory();
    chmodSync(root, 0o777);
    const outcome = await runtime(['create', '--bundle', bundle.directory, newId()], {
      root,
      wrapper: ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'],
      cwd: '/',
    });
    expect(outcome.code).not.toBe(0);
    if (can.runcCommand) expect(outcome.stderr.toLowerCase()).toMatch(/root|permission denied|operation not permitted/);
    expect(readdirSync(root).filter((name) => name.includes(mark))).toEqual([]);
  });

  test('create fails without the capability to mount, and leaves nothing behind', async () => {
    const id = newId();
    const drop = ['setpriv', '--bounding-set', '-sys_admin', '--inh-caps', '-sys_admin'];
    const outcome = await runtime(['create', '--bundle', makeBundle().directory, id], { wrapper: drop });
    expect(outcome.code).not.toBe(0);
    expect(outcome.stderr.toLowerCase()).toMatch(/operation not permitted|permission denied/);
    if (can.leaveNothing) await gone(id);
  });
});
