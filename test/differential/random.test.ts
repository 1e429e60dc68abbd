import * as fc from 'fast-check';
import { expect, test } from '../oci/harness/index.js';
import { changes, processChanges, type Change } from './harness/changes.js';
import { execTrial, runTrial } from './harness/trial.js';

/** How many of each: `COUNT=1000` for an hour. The same ones for the same SEED; CASE is the only one that is tried. */
const count = Number(process.env['COUNT'] ?? 40);
const seed = Number(process.env['SEED'] ?? 1);
const chosen = process.env['CASE'];

/** The differences of all cases, each with as few changes as show it. */
async function findings(cases: readonly (readonly Change[])[], trial: (list: readonly Change[]) => Promise<readonly string[]>): Promise<string> {
  const found: string[] = [];
  for (const [index, list] of cases.entries()) {
    if (chosen !== undefined && Number(chosen) !== index) continue;
    const first = await trial(list);
    if (first.length === 0) continue;
    const few = await fewest(list, first, trial);
    found.push(`SEED=${seed} COUNT=${count} CASE=${index}: with ${few.map(({ name }) => name).join('; ') || 'nothing'}:\n    ${first.join('\n    ')}`);
  }
  return found.join('\n');
}

const nameOf = (difference: string | undefined): string => difference?.split(':')[0] ?? '';

/** Leaves out what can be left out with the first difference still there. */
async function fewest(list: readonly Change[], [wanted]: readonly string[], trial: (list: readonly Change[]) => Promise<readonly string[]>): Promise<readonly Change[]> {
  let needed = list;
  for (const one of list) {
    const less = needed.filter((other) => other !== one);
    if ((await trial(less)).some((difference) => nameOf(difference) === nameOf(wanted))) needed = less;
  }
  return needed;
}

test('a random configuration looks from inside as under runc or crun', { timeout: 36_000_000 }, async () => {
  expect(await findings(fc.sample(changes, { seed, numRuns: count }), runTrial)).toBe('');
});

test('a random process of exec looks from inside as under runc or crun', { timeout: 36_000_000 }, async () => {
  expect(await findings(fc.sample(processChanges, { seed, numRuns: Math.ceil(count / 2) }), execTrial)).toBe('');
});
