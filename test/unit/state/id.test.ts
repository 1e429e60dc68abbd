import { expect, test } from 'vitest';
import { checkContainerId } from '../../../src/state/id.js';
import { containerDirectory } from '../../../src/state/paths.js';

test.each(['a', 'web-1', 'A_b.c+d', '...', '.a', '-', 'a'.repeat(1024)])('%j is a valid id', (id) => {
  expect(() => {
    checkContainerId(id);
  }).not.toThrow();
});

test.each(['.', '..', 'a/b', '../x', 'a b', 'ä', 'a\n', 'a\0', 'a'.repeat(1025)])('%j is not a valid id', (id) => {
  expect(() => {
    checkContainerId(id);
  }).toThrow(expect.objectContaining({ code: 'invalid-id', message: 'invalid container ID format' }));
});

test('an empty id has its own error message', () => {
  expect(() => {
    checkContainerId('');
  }).toThrow('container id cannot be empty');
});

test('a state root may end in slashes', () => {
  expect(containerDirectory({ root: '/r//', id: 'web' })).toBe('/r/web');
});
