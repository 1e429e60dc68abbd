import { describe, expect, test } from 'vitest';
import { unlessLost } from '../../../src/container/lost.js';
import { cannotExecInStopped } from '../../../src/errors/catalogue.js';
import { RuntimeError } from '../../../src/errors/runtime_error.js';
import { readRecord } from '../../../src/state/store.js';
import { systemError } from '../fake_sys.js';
import { hostWith, replaceCalls, root } from '../machine/host.js';
import type { Machine } from '../machine/machine.js';
import { call } from '../machine/verbs.js';

const container = { root, id: 'web' };
const failure = new RuntimeError('join the namespaces: no such process (ESRCH)', { code: 'setup', phase: 'exec' });

async function running(): Promise<Machine> {
  const machine = hostWith();
  await call('create', '--bundle', '/bundle', 'web');
  await call('start', 'web');
  machine.nextProgram();
  return machine;
}

/** What work on the container ends with that fails after `event`. */
async function lost(event: () => unknown, error: Error = failure): Promise<unknown> {
  return unlessLost({ container, stopped: () => cannotExecInStopped('web') }, async () => {
    await event();
    throw error;
  }).then(
    () => null,
    (reason: unknown) => reason,
  );
}

describe('work on a container', () => {
  test('that fails while the container runs fails as it did', async () => {
    await running();
    expect(await lost(() => undefined)).toBe(failure);
  });

  test('that fails after the end of the container says so, and what failed', async () => {
    const machine = await running();
    expect(await lost(() => machine.cgroups.outOfMemory('tsrun-init'))).toMatchObject({
      message: 'cannot exec in a stopped container',
      code: 'not-running',
      path: 'web',
      hint: `the container ended in the middle of this: ${failure.message}`,
      cause: failure,
    });
  });

  test('that fails while the init of the container ends says that it has stopped', async () => {
    const machine = await running();
    const { pid } = readRecord(container);
    const { readBytes } = machine.sys;
    const stat = ({ path, ...rest }: Parameters<typeof readBytes>[0]): Uint8Array => {
      const bytes = readBytes.call(machine.sys, { path, ...rest });
      if (path !== `/proc/${pid}/stat`) return bytes;
      // The ninth field: PF_EXITING.
      const [head = '', ...fields] = Buffer.from(bytes)
        .toString()
        .split(/(?<=\)) /);
      const numbers = fields.join(' ').split(' ');
      numbers[6] = '4';
      return Buffer.from(`${head} ${numbers.join(' ')}`);
    };
    expect(await lost(() => replaceCalls(machine, { readBytes: stat }))).toMatchObject({ code: 'not-running', cause: failure });
  });

  test('that fails with a failed system call after the end of the container says so', async () => {
    const machine = await running();
    const error = systemError('ESRCH', 'openProcess', '7');
    expect(await lost(() => machine.cgroups.outOfMemory('tsrun-init'), error)).toMatchObject({ code: 'not-running', cause: error });
  });

  test('that fails after the container was deleted says so', async () => {
    await running();
    expect(await lost(() => call('delete', '--force', 'web'))).toMatchObject({
      message: 'container does not exist',
      code: 'not-found',
      cause: failure,
    });
  });

  test('is not work on a later container with the same id', async () => {
    await running();
    const error = await lost(async () => {
      await call('delete', '--force', 'web');
      await call('create', '--bundle', '/bundle', 'web');
    });
    expect(error).toMatchObject({ code: 'not-found', cause: failure });
  });

  test('that fails because of the request fails as it did, whatever has become of the container', async () => {
    const machine = await running();
    const error = new RuntimeError('exec: the argument must be an array', { code: 'usage', phase: 'command' });
    expect(await lost(() => machine.cgroups.outOfMemory('tsrun-init'), error)).toBe(error);
  });

  test('fails with not-found if it begins while the container is being removed', async () => {
    const machine = await running();
    const directory = `${root}/web`;
    machine.sys.unlink({ path: `${directory}/state.json` });
    const { whenReadable } = machine.sys;
    let waits = 0;
    replaceCalls(machine, {
      whenReadable: (o) => {
        if (++waits === 2) machine.sys.removeTree({ path: directory });
        return whenReadable.call(machine.sys, o);
      },
    });
    const work = unlessLost({ container, stopped: () => cannotExecInStopped('web') }, () => undefined);
    await expect(work).rejects.toMatchObject({ code: 'not-found' });
  });

  test('fails with state-damaged if the container has no record and nobody removes it', async () => {
    const machine = await running();
    machine.sys.unlink({ path: `${root}/web/state.json` });
    const work = unlessLost({ container, stopped: () => cannotExecInStopped('web') }, () => undefined);
    await expect(work).rejects.toMatchObject({ code: 'state-damaged' });
  });
});
