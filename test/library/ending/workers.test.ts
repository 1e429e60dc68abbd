import { execFile } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { Runtime } from '../../../src/library/index.js';
import { describe, expect, makeBundle, newPath, stateRoot, test } from '../../oci/harness/index.js';

const library = new URL('../../../dist/library/index.js', import.meta.url).pathname;

/** A program whose workers run containers all the time, three at once, until their thread is ended. */
const script = (ending: string): string => `
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { readFileSync, readdirSync } from 'node:fs';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Runtime } from ${JSON.stringify(library)};
const [, , root, bundle, how] = process.argv;
const begin = (workerData) => new Worker(fileURLToPath(import.meta.url), { argv: [root, bundle, how], workerData });
async function work() {
  const runtime = new Runtime({ root, killOnExit: how === 'watched' });
  if (workerData === 'idle') return parentPort.postMessage('ready');
  if (how === 'pool') await runtime.prewarm({ count: 2, bundle });
  await runtime.run({ bundle });
  parentPort.postMessage('ready');
  for (;;) await Promise.all([1, 2, 3].map(() => runtime.run({ bundle })));
}
if (!isMainThread) void work();
else {
${ending}
}
`;

const terminate = `
  for (let i = 0; i < 12; i++) {
    const worker = begin();
    await once(worker, 'message');
    await setTimeout(7 * i);
    await worker.terminate();
  }
  process.exitCode = 3;
`;
/** Their children have nobody else to take their exit status; the next workers do it. */
const zombies = `
  for (let i = 0; i < 4; i++) {
    const worker = begin();
    await once(worker, 'message');
    await worker.terminate();
  }
  // Empty for a thread or a process that has ended meanwhile.
  const read = (path) => { try { return readFileSync(path, 'utf8'); } catch { return ''; } };
  const zombies = () => {
    const children = readdirSync('/proc/self/task').flatMap((thread) => read('/proc/self/task/' + thread + '/children').split(' '));
    return children.filter((pid) => pid !== '' && read('/proc/' + pid + '/stat').split(') ').at(-1).startsWith('Z')).length;
  };
  // On a busy machine, some end late.
  for (let i = 0; i < 3 || (zombies() > 0 && i < 30); i++) {
    await setTimeout(500);
    const worker = begin('idle');
    await once(worker, 'message');
    await worker.terminate();
  }
  if (zombies() > 0) console.error(zombies() + ' zombies');
  process.exitCode = 3;
`;
const exit = `
  await Promise.all([once(begin(), 'message'), once(begin(), 'message')]);
  await setTimeout(40);
  process.exit(3);
`;

/**
 * V8 unwinds a thread that is terminated past the frames that AddressSanitizer has marked, so a later thread on the same stack is accused
 * of an underflow.
 */
const isSanitized = process.env['LD_PRELOAD'] !== undefined;

describe.skipIf(isSanitized)('a worker thread that creates containers', () => {
  test.each([
    ['is terminated', terminate, 'cold'],
    ['is terminated, with a pool of its own', terminate, 'pool'],
    ['is terminated and leaves no zombies', zombies, 'pool'],
    ['is terminated and leaves no zombies, also with killOnExit', zombies, 'watched'],
    ['is ended by process.exit()', exit, 'cold'],
    ['is ended by process.exit(), with a pool of its own', exit, 'pool'],
  ])('does not abort the program when it %s, and what is left can be removed', async (_, ending, how) => {
    const path = `${newPath()}.mjs`;
    writeFileSync(path, script(ending));
    const bundle = makeBundle({ script: 'true' }).directory;
    const root = `${stateRoot}-workers`;
    const failure = await promisify(execFile)(process.execPath, [path, root, bundle, how]).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 3, stderr: '' });
    const runtime = new Runtime({ root });
    await runtime.prune({ stopped: true });
    // What was finished is a container as any other; a directory without anything in it is not known to be ours.
    for (const id of readdirSync(root)) await runtime.delete(id, { force: true });
    expect(readdirSync(root)).toEqual([]);
  });
});
