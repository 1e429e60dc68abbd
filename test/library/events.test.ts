import { Runtime } from '../../src/library/index.js';
import { afterTest, describe, expect, makeBundle, newId, stateRoot, test } from '../oci/harness/index.js';

const runtime = new Runtime({ root: stateRoot });

async function started(script: string) {
  const container = await runtime.create({ id: newId(), bundle: makeBundle({ script }).directory, stdio: 'ignore' });
  afterTest(() => container.delete({ force: true }));
  await container.start();
  return container;
}

describe('events of a container', () => {
  test('are its statistics, and end with it', async () => {
    const container = await started('sleep 1000');
    const ids: string[] = [];
    for await (const { type, id } of container.events({ interval: 20 })) {
      expect(type).toBe('stats');
      ids.push(id);
      if (ids.length === 3) await container.kill('KILL');
    }
    expect(new Set(ids)).toEqual(new Set([container.id]));
    expect(ids.length).toBeGreaterThanOrEqual(3);
  });

  test('end with an error when the signal aborts, however long the interval is', async () => {
    const container = await started('sleep 1000');
    const controller = new AbortController();
    const next = container.events({ interval: 2 ** 31 - 1, signal: controller.signal }).next();
    setTimeout(() => controller.abort(), 50);
    await expect(next).rejects.toMatchObject({ code: 'aborted' });
    expect((await container.stats()).cpu.usage.total).toBeGreaterThan(0);
  });
});
