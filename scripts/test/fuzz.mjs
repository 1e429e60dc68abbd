import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { execute } from './execute.mjs';
import { inOrder, one } from './kinds.mjs';

const directory = 'build/fuzz';
const seconds = 30;

/** Runs the fuzz targets at the same time, each for a limited time. */
export const fuzz = {
  name: 'fuzz',
  async run(write, how) {
    const build = [
      ['cmake', '--preset', 'fuzz'],
      ['cmake', '--build', '--preset', 'fuzz', '--parallel', '2'],
    ];
    if (!(await inOrder(write, build, how))) return one(false);
    const targets = readdirSync(join(directory, 'fuzz'));
    const results = await Promise.all(targets.map((name) => fuzzOne(name, write, how)));
    return { passed: results.filter((ok) => ok).length, failed: results.filter((ok) => !ok).length };
  },
};

async function fuzzOne(name, write, how) {
  const corpus = join(directory, 'corpus', name);
  mkdirSync(corpus, { recursive: true });
  const seeds = `native/test/${name.replace(/_fuzz$/, '')}/seeds`;
  const options = [`-max_total_time=${seconds}`, `-artifact_prefix=${directory}/`, '-verbosity=0'];
  const { ok } = await execute(join(directory, 'fuzz', name), [...options, corpus, ...(existsSync(seeds) ? [seeds] : [])], {
    ...how,
    write,
  });
  return ok;
}
