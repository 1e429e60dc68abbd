import { expect, makeBundle, newPath, stateRoot, test } from '../oci/harness/index.js';
import { runExample } from './harness/example.js';

const example = (bundle: string) => runExample('run-container.ts', { args: [bundle, stateRoot] });

test('prints the output of the program in the container', async () => {
  const { directory } = makeBundle({ script: 'hostname; exit 3' });
  expect(await example(directory)).toEqual({ code: 0, stdout: 'box\nended with code 3\n', stderr: '' });
});

test('reports an error and fails', async () => {
  const missing = newPath();
  expect(await example(missing)).toMatchObject({ code: 1, stderr: expect.stringContaining(missing) as string });
});
