import { describe, expect, test } from 'vitest';
import { clipped } from '../../../src/errors/clipped.js';
import { RuntimeError } from '../../../src/errors/runtime_error.js';

describe('clipped', () => {
  test('keeps text of readable length', () => {
    const two = `mount "${'a'.repeat(4096)}" on "${'b'.repeat(4096)}": operation not permitted (EPERM)`;
    expect(clipped(two)).toBe(two);
  });

  test('keeps the beginning and the reason of a huge text', () => {
    const text = clipped(`open "${'a'.repeat(3_000_000)}": file name too long (ENAMETOOLONG)`);
    expect(text.length).toBeLessThan(13_000);
    expect(text).toMatch(/^open "a+ \[\.\.\. \d+ characters \.\.\.\] a+": file name too long \(ENAMETOOLONG\)$/);
  });
});

test('applies to every error', () => {
  const error = new RuntimeError('x'.repeat(100_000), { code: 'bundle', phase: 'load', path: 'y'.repeat(100_000) });
  expect(error.message.length + (error.path ?? '').length).toBeLessThan(26_000);
});
