import { expect, test, vi } from 'vitest';
import { removeWatched } from '../../../src/container/leftovers/watched.js';
import { createContainer } from '../../../src/container/create/index.js';
import { libraryHost } from './host.js';

vi.mock('node:net', () => import('./sockets.js'));

const token = 'ours';
const make = async (root: string, exitWatch?: string): Promise<void> => {
  await createContainer({ root, id: 'web', bundle: '/bundle', until: 'created', ...(exitWatch === undefined ? {} : { exitWatch }) });
};

test('a container with the token is removed', async () => {
  const { runtime } = libraryHost();
  await make(runtime.root, token);
  expect(await removeWatched({ root: runtime.root, id: 'web', token })).toBe(true);
  expect(runtime.list()).toEqual([]);
});

test.each([undefined, 'theirs'])('a container with the token %s stays', async (other) => {
  const { runtime } = libraryHost();
  await make(runtime.root, other);
  expect(await removeWatched({ root: runtime.root, id: 'web', token })).toBe(true);
  expect(runtime.list()).toMatchObject([{ id: 'web', status: 'created' }]);
});

test('a container that was never made is done', async () => {
  const { runtime, left } = libraryHost();
  expect(await removeWatched({ root: runtime.root, id: 'web', token })).toBe(true);
  expect(await left()).toEqual([]);
});
