import { expect, test } from 'vitest';
import { cleanPath } from '../../../src/spec/cleaned_path.js';

test.each([
  ['/', '/'],
  ['/a/b', '/a/b'],
  ['/a//b/', '/a/b'],
  ['/a/./b/..', '/a'],
  ['/../../a', '/a'],
  ['/.hidden/..name', '/.hidden/..name'],
  ['a/b', '/a/b'],
])('the path %s becomes %s', (path, clean) => {
  expect(cleanPath(path)).toBe(clean);
});
