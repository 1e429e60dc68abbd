import * as fc from 'fast-check';
import { expect, test } from '../oci/harness/index.js';
import { changes, execChanges, type Change, type ExecChanges } from './harness/changes.js';
import { execTrial, runTrial } from './harness/trial.js';

/** The number of cases of each kind; `COUNT=1000` takes an hour. The same SEED gives the same cases; CASE selects one. */
const count = Number(process.env['COUNT'] ?? 40);
const seed = Number(process.env['SEED'] ?? 1);
const chosen = process.env['CASE'];

/** The differences of all cases, each with the fewest changes that show it. */
async function findings<T>(cases: readonly T[], { trial, without, listOf }: Kind<T>): Promise<string> {
  const found: string[] = [];
  for (const [index, one] of cases.entries()) {
    if (chosen !== undefined && Number(chosen) !== index) continue;
    const first = await trial(one);
    if (first.length === 0) continue;
    let needed = one;
    for (const change of listOf(one)) {
      const less = without(needed, change);
      if ((await trial(less)).some((difference) => nameOf(difference) === nameOf(first[0]))) needed = less;
    }
    found.push(
      `SEED=${seed} COUNT=${count} CASE=${index}: with ${
        listOf(needed)
          .map(({ name }) => name)
          .join('; ') || 'nothing'
      }:\n    ${first.join('\n    ')}`,
    );
  }
  return found.join('\n');
}

/** What is compared, and how to leave out a change. */
interface Kind<T> {
  readonly trial: (one: T) => Promise<readonly string[]>;
  readonly without: (one: T, change: Change) => T;
  readonly listOf: (one: T) => readonly Change[];
}

const nameOf = (difference: string | undefined): string => difference?.split(':')[0] ?? '';

const lacking = (list: readonly Change[], change: Change): readonly Change[] => list.filter((other) => other !== change);

test('a container with a random configuration sees what it sees under runc or crun', { timeout: 36_000_000 }, async () => {
  const kind: Kind<readonly Change[]> = { trial: runTrial, without: lacking, listOf: (list) => list };
  expect(await findings(fc.sample(changes, { seed, numRuns: count }), kind)).toBe('');
});

test('a random process of exec sees what it sees under runc or crun', { timeout: 36_000_000 }, async () => {
  const kind: Kind<ExecChanges> = {
    trial: execTrial,
    without: ({ container, process }, change) => ({ container: lacking(container, change), process: lacking(process, change) }),
    listOf: ({ container, process }) => [...container, ...process],
  };
  expect(await findings(fc.sample(execChanges, { seed, numRuns: Math.ceil(count / 2) }), kind)).toBe('');
});
