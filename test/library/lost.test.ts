import { Runtime, RuntimeError, type Container } from '../../src/library/index.js';
import { afterTest, describe, expect, makeBundle, newId, pause, stateRoot, test } from '../oci/harness/index.js';

const runtime = new Runtime({ root: stateRoot, onWarning: () => undefined });

/** Calls it again and again while the container is killed and deleted; returns the codes of its errors. */
async function codesDuringRemoval(call: (container: Container) => Promise<unknown>): Promise<ReadonlySet<string>> {
  const codes = new Set<string>();
  const bundle = makeBundle({ args: ['sleep', '1000'] }).directory;
  for (let round = 0; round < 12; round++) {
    const container = await runtime.create({ id: newId(), bundle, stdio: 'ignore' });
    afterTest(() => container.delete({ force: true }));
    await container.start();
    let isDeleted = false;
    const calling = (async () => {
      while (!isDeleted) {
        await call(container).catch((error: unknown) => {
          if (!(error instanceof RuntimeError)) throw error;
          codes.add(error.code);
        });
        await pause(0);
      }
    })();
    await pause(round % 4);
    await container.delete({ force: true });
    isDeleted = true;
    await calling;
  }
  return codes;
}

describe('a call on a container that is deleted meanwhile works, or says that the container has stopped or does not exist', () => {
  const calls: readonly (readonly [string, (container: Container) => Promise<unknown>])[] = [
    ['exec', async (container) => (await container.exec(['true'], { stdio: 'ignore' })).wait()],
    ['run', (container) => container.run(['true'])],
    ['update', (container) => container.update({ devices: [{ allow: false }] })],
    ['processes', (container) => container.processes()],
    ['stats', (container) => container.stats()],
    ['reachedLimits', (container) => container.reachedLimits()],
    ['kill', (container) => container.kill('SIGWINCH')],
    ['kill of all', (container) => container.kill('SIGWINCH', { all: true })],
    ['pause', (container) => container.pause()],
    ['copyIn', (container) => container.copyIn(new Uint8Array(1024), '/tmp')],
    ['copyOut', async (container) => (await container.copyOut('/bin')).resume().toArray()],
  ];
  test.each(calls)('%s', async (_, call) => {
    for (const code of await codesDuringRemoval(call)) expect(['not-running', 'not-found']).toContain(code);
  });
});
