import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { madeBy } from '../../../src/seccomp/filter.js';

const root = join(import.meta.dirname, '../../..');

test('the cached filters belong to the code that made them: put its digest into src/seccomp/filter.ts when it changes', () => {
  const named = (directory: string) =>
    readdirSync(join(root, directory))
      .sort()
      .map((name) => `${directory}/${name}`);
  const sources = [
    'src/seccomp/encode.ts',
    'src/seccomp/flat.ts',
    'src/plan/process/seccomp.ts',
    'src/spec/names/seccomp.ts',
    ...named('native/core/seccomp'),
  ];
  expect(sources.length).toBeGreaterThan(8);
  const hash = createHash('sha256');
  for (const path of sources) hash.update(readFileSync(join(root, path)));
  expect(madeBy).toBe(hash.digest('hex').slice(0, 16));
});
