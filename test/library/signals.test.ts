import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { Runtime } from '../../src/library/index.js';
import { afterTest, describe, expect, makeBundle, newId, stateRoot, test } from '../oci/harness/index.js';

const runtime = new Runtime({ root: stateRoot });
const project = new URL('../../', import.meta.url).pathname;

/** Runs a program that has a started container, and that can ask for garbage collection; returns what it prints. */
async function programWith(script: string): Promise<string> {
  const file = `${project}.cache/examples/signals-${process.pid}.mjs`;
  mkdirSync(`${project}.cache/examples`, { recursive: true });
  const create = `runtime.create({ id, bundle: process.argv[4], stdio: 'ignore', ...request })`;
  writeFileSync(
    file,
    `import { Runtime } from '@tsrun/runtime';
     const runtime = new Runtime({ root: process.argv[2] });
     const started = async (request = {}, id = process.argv[3]) => {
       const container = await ${create};
       await container.start();
       return container;
     };
     /** Nothing but its creator refers to the signals that it is made from. */
     const soon = () => AbortSignal.any([AbortSignal.timeout(500), new AbortController().signal]);
     const collect = setInterval(gc, 20).unref();
     ${script}`,
  );
  const id = newId();
  afterTest(async () => {
    rmSync(file, { force: true });
    await runtime.delete(id, { force: true });
  });
  const args = ['--expose-gc', file, stateRoot, id, makeBundle({ script: 'sleep 1000' }).directory];
  return (await promisify(execFile)(process.execPath, args, { timeout: 50_000 })).stdout;
}

describe('a signal of AbortSignal.any that only a container refers to survives the garbage collection', () => {
  test.each([
    [
      'that was given to create',
      'await started({ signal: soon() }).then((container) => container.wait()).catch(({ code }) => console.log(code));',
    ],
    [
      'that was given to exec',
      "const container = await started(); await container.exec(['sleep', '1000'], { stdio: 'ignore', signal: soon() }).then((job) => job.wait()).catch(({ code }) => console.log(code));",
    ],
    [
      'that was given to wait',
      'const container = await started(); await container.wait({ signal: soon() }).catch(({ code }) => console.log(code));',
    ],
    [
      'that was given to run',
      'await runtime.run({ id: process.argv[3], bundle: process.argv[4], signal: soon() }).catch(({ code }) => console.log(code));',
    ],
    [
      'that was given to events',
      'const container = await started(); try { for await (const _ of container.events({ signal: soon() })); } catch ({ code }) { console.log(code) }',
    ],
  ])('%s', async (_how, script) => {
    expect(await programWith(script)).toBe('aborted\n');
  });
});

describe('a wait', () => {
  test('ends with its signal, and the container continues', async () => {
    const container = await runtime.create({ id: newId(), bundle: makeBundle({ script: 'sleep 1000' }).directory, stdio: 'ignore' });
    afterTest(() => container.delete({ force: true }));
    await container.start();
    await expect(container.wait({ signal: AbortSignal.timeout(20) })).rejects.toMatchObject({ code: 'aborted' });
    await expect(container.wait({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' });
    const process = await container.exec(['sleep', '1000'], { stdio: 'ignore' });
    await expect(process.wait({ signal: AbortSignal.timeout(20) })).rejects.toMatchObject({ code: 'aborted' });
    expect(container.state().status).toBe('running');
  });

  test('keeps the program alive unless the container is unreferenced', async () => {
    const script =
      "const container = await started(); container.unref(); container.wait(); const job = await container.exec(['sleep', '1000'], { stdio: 'ignore' }); job.unref(); job.wait(); console.log('over');";
    expect(await programWith(script)).toBe('over\n');
    const other =
      "const container = await started(); container.unref().ref(); container.wait().then(({ signal }) => console.log(signal)); setTimeout(() => container.kill('KILL'), 100).unref();";
    expect(await programWith(other)).toBe('SIGKILL\n');
  });
});
