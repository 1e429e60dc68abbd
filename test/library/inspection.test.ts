import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Runtime } from '../../src/library/index.js';
import { describe, expect, newDirectory, runtime as command, stateRoot, succeed, test } from '../oci/harness/index.js';

const runtime = new Runtime({ root: stateRoot });

describe('what the library says without making anything', () => {
  test('features is what the command prints', async () => {
    expect(runtime.features()).toEqual(JSON.parse(succeed(await command(['features'], { root: null }))));
  });

  test.each([false, true])('spec is what the command writes, with rootless %s', async (rootless) => {
    const directory = newDirectory();
    succeed(await command(['spec', '--bundle', directory, ...(rootless ? ['--rootless'] : [])], { root: null }));
    expect(runtime.spec({ rootless })).toEqual(JSON.parse(readFileSync(join(directory, 'config.json'), 'utf8')));
  });
});
