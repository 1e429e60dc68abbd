import { describe, expect, test } from 'vitest';
import { libraryHost, refusal } from './host.js';

describe('events of a container', () => {
  test('are its statistics until it ends, and nothing stays open', async () => {
    const { machine, start, left } = libraryHost();
    const container = await start();
    const types: string[] = [];
    for await (const { type } of container.events({ interval: 100 })) {
      types.push(type);
      if (types.length === 2) machine.cgroups.outOfMemory('tsrun-init');
    }
    expect(types).toEqual(['stats', 'stats', 'oom']);
    await container.delete();
    expect(await left()).toEqual([]);
  });

  test('end with an error when the signal aborts, and nothing stays open', async () => {
    const { start, left } = libraryHost();
    const container = await start();
    const controller = new AbortController();
    const source = container.events({ interval: 100, signal: controller.signal });
    expect(await source.next()).toMatchObject({ value: { type: 'stats', id: 'web' } });
    controller.abort(new Error('enough'));
    expect(await refusal(() => source.next())).toMatchObject({ code: 'aborted', cause: { message: 'enough' } });
    await container.delete({ force: true });
    expect(await left()).toEqual([]);
  });

  test('leave nothing when the reader stops early, or never begins', async () => {
    const { start, left } = libraryHost();
    const container = await start();
    const { signal } = new AbortController();
    for await (const { id } of container.events({ interval: 100, signal })) {
      expect(id).toBe('web');
      break;
    }
    container.events({ signal });
    await container.delete({ force: true });
    expect(await left()).toEqual([]);
  });

  test.each([[{ interval: 0 }], [{ interval: 0.5 }], [{ interval: 2 ** 31 }], [{ interval: '5s' }], [{ signal: {} }]])(
    'are refused with %j, before anything is read',
    async (request) => {
      const { start } = libraryHost();
      const container = await start();
      expect(() => container.events(request as never)).toThrow(/must be/);
    },
  );

  test('are refused with a signal that has aborted', async () => {
    const { start } = libraryHost();
    const container = await start();
    expect(await refusal(async () => container.events({ signal: AbortSignal.abort() }).next())).toMatchObject({ code: 'aborted' });
  });
});

test('statistics of a container that has ended are refused', async () => {
  const { start } = libraryHost();
  const container = await start();
  expect((await container.stats()).network_interfaces).toBeNull();
  await container.kill('KILL');
  expect(await refusal(() => container.stats())).toMatchObject({ code: 'not-running' });
});
