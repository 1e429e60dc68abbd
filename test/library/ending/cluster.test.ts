import { execFile } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { Runtime } from '../../../src/library/index.js';
import { afterTest, describe, expect, makeBundle, newPath, stateRoot, test } from '../../oci/harness/index.js';

const library = new URL('../../../dist/library/index.js', import.meta.url).pathname;

/**
 * A primary with two workers. Each has a Runtime and a pool of its own, and creates containers at the same time as the other, some with the
 * same ids. No id is free again before both have tried.
 */
const script = `
import cluster from 'node:cluster';
import { once } from 'node:events';
import { Runtime } from ${JSON.stringify(library)};
const [, , root, bundle] = process.argv;
if (cluster.isPrimary) {
  const workers = [cluster.fork(), cluster.fork()];
  const ends = workers.map((worker) => once(worker, 'exit'));
  const tried = await Promise.all(workers.map((worker) => once(worker, 'message')));
  const results = workers.map((worker) => once(worker, 'message'));
  for (const worker of workers) worker.send('go');
  const ran = await Promise.all(results);
  const codes = (await Promise.all(ends)).map(([code]) => code);
  console.log(JSON.stringify({ tried: tried.map(([one]) => one), ran: ran.map(([one]) => one), codes }));
} else {
  const runtime = new Runtime({ root });
  await runtime.prewarm({ count: 1, bundle });
  const created = [];
  const refused = [];
  const create = (id) => runtime.create({ id, bundle, stdio: 'ignore' }).then((one) => created.push(one), ({ code }) => refused.push(code));
  await Promise.all(['shared-0', 'shared-1', 'shared-2'].map(create));
  const go = once(process, 'message');
  process.send({ created: created.map(({ id }) => id), refused });
  await go;
  const { code, stdout } = await runtime.run({ bundle });
  for (const one of created) await one.start();
  const exits = await Promise.all(created.map((one) => one.wait()));
  for (const one of created) await one.delete();
  await runtime.close();
  process.send({ code, stdout, exits: exits.map((exit) => exit.code) });
  process.disconnect();
}
`;

interface Printed {
  readonly tried: readonly { readonly created: readonly string[]; readonly refused: readonly string[] }[];
  readonly ran: readonly { readonly code: number; readonly stdout: string; readonly exits: readonly number[] }[];
  readonly codes: readonly number[];
}

describe('two workers of a cluster, each with a Runtime on the same state root', () => {
  test('create at the same time: each id is given once, and nothing is left', async () => {
    const path = `${newPath()}.mjs`;
    writeFileSync(path, script);
    const root = `${stateRoot}-cluster`;
    afterTest(async () => {
      for (const id of readdirSync(root)) await new Runtime({ root }).delete(id, { force: true });
    });
    const args = [path, root, makeBundle({ script: 'echo hello' }).directory];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { timeout: 50_000 });
    expect(stderr).toBe('');
    const { tried, ran, codes } = JSON.parse(stdout) as Printed;
    expect(tried.flatMap(({ created }) => created).sort()).toEqual(['shared-0', 'shared-1', 'shared-2']);
    expect(tried.flatMap(({ refused }) => refused)).toEqual(['id-in-use', 'id-in-use', 'id-in-use']);
    expect(ran.map(({ code, stdout: output }) => [code, output])).toEqual(ran.map(() => [0, 'hello\n']));
    expect(ran.flatMap(({ exits }) => exits)).toEqual([0, 0, 0]);
    expect(codes).toEqual([0, 0]);
    expect(readdirSync(root)).toEqual([]);
  });
});
