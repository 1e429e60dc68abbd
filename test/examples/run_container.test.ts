import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterTest, expect, makeBundle, newPath, stateRoot, test } from '../oci/harness/index.js';

const project = new URL('../../', import.meta.url).pathname;

/** Compiles the example and runs it as a user would, importing the built package by its name. */
async function example(bundle: string) {
  const outfile = `${project}.cache/examples/run-container-${process.pid}.mjs`;
  await build({
    entryPoints: [`${project}examples/run-container.ts`],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
  });
  afterTest(() => {
    rmSync(outfile);
  });
  return promisify(execFile)(process.execPath, [outfile, bundle, stateRoot]);
}

test('prints the output of the program in the container', async () => {
  const { stdout } = await example(makeBundle({ script: 'hostname; exit 3' }).directory);
  expect(stdout).toBe('box\nended with code 3\n');
});

test('reports an error and fails', async () => {
  const missing = newPath();
  await expect(example(missing)).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining(missing) as string });
});
