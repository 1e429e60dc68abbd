import { expect, test } from 'vitest';
import { checkContainerId } from '../../../src/state/id.js';
import { containerDirectory, defaultRoot } from '../../../src/state/paths.js';

test.each(['a', 'web-1', 'A_b.c+d', '...', '.a', '-', 'a'.repeat(1024)])('%j is an id', (id) => {
  expect(() => {
    checkContainerId(id);
  }).not.toThrow();
});

test.each(['.', '..', 'a/b', '../x', 'a b', 'ä', 'a\n', 'a\0', 'a'.repeat(1025)])('%j is none', (id) => {
  expect(() => {
    checkContainerId(id);
  }).toThrow(expect.objectContaining({ code: 'invalid-id', message: 'invalid container ID format' }));
});

test('the empty one has its own words', () => {
  expect(() => {
    checkContainerId('');
  }).toThrow('container id cannot be empty');
});

test.each([
  [0, false, '/run/user/0', '/run/tsrun'],
  [0, false, '', '/run/tsrun'],
  [0, true, '/run/user/1000/', '/run/user/1000/tsrun'],
  [1000, false, '/run/user/1000', '/run/user/1000/tsrun'],
  [1000, false, undefined, '/run/tsrun'],
])('the state root of uid %i (in a user namespace: %s, XDG_RUNTIME_DIR %j) is %s', (euid, inUserNamespace, runtimeDirectory, root) => {
  expect(defaultRoot({ euid, inUserNamespace, runtimeDirectory })).toBe(root);
});

test('a root may end in slashes', () => {
  expect(containerDirectory({ root: '/r//', id: 'web' })).toBe('/r/web');
});
