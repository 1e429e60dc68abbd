import { describe, expect, test } from 'vitest';
import { beginSpawn, spawn } from '../../../src/init/spawn.js';
import type { Sys } from '../../../src/sys/contract.js';
import { bindFakeSys, systemError } from '../fake_sys.js';

const cloning = { cloneFlags: 0, cgroup: -1, fds: [], stdio: [0, 1, 2], preserve: 0, here: false };
const [ours, theirs] = [10, 11];

/** Records what was done with the child and its socket, in order. */
function bindSpawningSys(overrides: Partial<Sys> = {}): string[] {
  const done: string[] = [];
  bindFakeSys({
    overrides: {
      socketPair: () => [ours, theirs],
      spawn: ({ sockets }) => (done.push(`clone with ${sockets.join(' and ')}`), { pid: 7, pidfd: 20 }),
      encodeText: ({ text }) => Uint8Array.from(text, (character) => character.charCodeAt(0)),
      sendPlan: () => void done.push('send'),
      signalProcess: ({ pidfd, signal }) => void done.push(`signal ${pidfd} ${signal}`),
      whenReadable: () => 0,
      reap: ({ pidfd }) => (done.push(`reap ${pidfd}`), { code: -1, signal: 9 }),
      close: ({ fd }) => void done.push(`close ${fd}`),
      ...overrides,
    },
  });
  return done;
}

const failing = (code: string) => (): never => {
  throw systemError(code, 'call', 'subject');
};

describe('a tsrun-init', () => {
  test('that is cloned on this thread gets its plan at the same time', async () => {
    const done = bindSpawningSys({
      spawnHere: ({ sockets, plan }) => (done.push(`clone here with ${sockets.join(' and ')}, ${plan.length > 0}`), { pid: 7, pidfd: 20 }),
    });
    await expect(spawn({ ...cloning, here: true }, [{ op: 'newSession', terminal: 0 }])).resolves.toMatchObject({
      pid: 7,
      pidfd: 20,
      socket: ours,
    });
    expect(done).toEqual(['clone here with 10 and 11, true']);
  });
  test('that cannot be cloned on this thread leaves no socket', async () => {
    const done = bindSpawningSys({ spawnHere: failing('EAGAIN') });
    await expect(spawn({ ...cloning, here: true }, [])).rejects.toMatchObject({ code: 'EAGAIN' });
    expect(done).toEqual(['close 10']);
  });
  test('that is cloned on another thread has its end of the sockets and gets its plan through ours', async () => {
    const done = bindSpawningSys();
    await expect(spawn(cloning, [{ op: 'newSession', terminal: 0 }])).resolves.toMatchObject({ pid: 7, pidfd: 20, socket: ours });
    expect(done).toEqual(['clone with 10 and 11', 'send']);
  });
  test.each<readonly [string, Sys['spawn']]>([
    ['at once', failing('EAGAIN')],
    ['later', () => Promise.reject(systemError('EAGAIN', 'clone3', 'tsrun-init'))],
  ])('that cannot be cloned, which is known %s, leaves no socket and reports its own reason', async (_, failure) => {
    const done = bindSpawningSys({ spawn: failure, sendPlan: failing('EPIPE') });
    await expect(spawn(cloning, [])).rejects.toMatchObject({ code: 'EAGAIN' });
    expect(done).toEqual(['close 10']);
  });
  test('that ended before it had its plan says why through its socket', async () => {
    bindSpawningSys({ sendPlan: failing('ECONNRESET') });
    await expect(spawn(cloning, [])).resolves.toMatchObject({ pid: 7 });
  });
  test('whose plan cannot be sent is killed', async () => {
    const done = bindSpawningSys({ sendPlan: failing('ENOMEM') });
    await expect(spawn(cloning, [])).rejects.toMatchObject({ code: 'ENOMEM' });
    expect(done).toEqual(['clone with 10 and 11', 'signal 20 9', 'reap 20', 'close 20', 'close 10']);
  });
  test('is still being cloned while its plan is sent', async () => {
    const done = bindSpawningSys({
      spawn: () =>
        new Promise((resolve) =>
          setImmediate(() => {
            done.push('cloned');
            resolve({ pid: 7, pidfd: 20 });
          }),
        ),
    });
    const spawning = beginSpawn(cloning, []);
    expect(done).toEqual(['send']);
    await spawning();
    expect(done).toEqual(['send', 'cloned']);
  });
});
