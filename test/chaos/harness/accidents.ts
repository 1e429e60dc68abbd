import { afterTest, expect } from '../../oci/harness/index.js';
import { bystander } from './bystander.js';
import { only } from './scope.js';
import { trial, type Accident } from './trial.js';
import type { VerbCase } from './verbs.js';

export interface Meeting {
  readonly verb: VerbCase;
  /** The first word of the action: `kill`. */
  readonly kind: string;
  /** The test file, for the line that repeats a failure. */
  readonly file: string;
  readonly accidents: () => readonly Accident[] | Promise<readonly Accident[]>;
}

/** Runs a verb with all its accidents, or with that of `CHAOS_ONLY` if it is about this verb. */
export async function meet({ verb, kind, file, accidents }: Meeting): Promise<void> {
  if (only !== undefined && !only.startsWith(`${verb.name}: ${kind} `)) return;
  const other = await bystander();
  afterTest(() => other.end());
  const told = only === undefined ? undefined : { verb, action: only.slice(verb.name.length + 2).split(' '), at: 'as told' };
  const wrong: string[] = [];
  for (const accident of told === undefined ? await accidents() : [told]) wrong.push(...(await trial(accident, file)));
  await other.unharmed();
  expect(wrong.join('\n')).toBe('');
}
