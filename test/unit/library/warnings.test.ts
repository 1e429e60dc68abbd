import { afterEach, beforeEach, describe, expect, test, vi, type MockInstance } from 'vitest';
import { libraryHost, refusal } from './host.js';

vi.mock('node:net', () => import('./sockets.js'));

const warning = { type: 'TsrunWarning', code: 'TSRUN_WARNING' };
const unknown = ['ignoring unknown capability "CAP_NOTHING"', warning];

let emitted: MockInstance<typeof process.emitWarning>;

beforeEach(() => {
  emitted = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
});

afterEach(() => {
  emitted.mockRestore();
});

describe('a warning of the process', () => {
  test('tells which capability a container does not get', async () => {
    const { create } = libraryHost({ config: { process: { capabilities: { bounding: ['CAP_NOTHING'] } } } });
    const container = await create();
    expect(container.state().status).toBe('created');
    expect(emitted.mock.calls).toEqual([unknown]);
  });

  test('tells which capability a process of exec does not get', async () => {
    const { start } = libraryHost();
    const container = await start();
    expect(emitted).not.toHaveBeenCalled();
    await container.exec(['ls'], { stdio: 'ignore', capabilities: ['CAP_NOTHING'] });
    expect(emitted.mock.calls).toEqual([unknown]);
  });

  test('tells which poststop hook failed after a creation that failed', async () => {
    const hooks = { createRuntime: [{ path: '/hook' }], poststop: [{ path: '/hook' }] };
    const { create, left } = libraryHost({ config: { top: { hooks } }, programs: { '/hook': { code: 3 } } });
    expect((await refusal(() => create())).code).toBe('hook');
    expect(emitted.mock.calls).toEqual([[expect.stringContaining('poststop'), warning]]);
    expect(await left()).toEqual([]);
  });
});
