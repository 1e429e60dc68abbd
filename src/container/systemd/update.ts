import { cleanUp } from '../../errors/clean_up.js';
import type { Resources } from '../../spec/types.js';
import type { ContainerRecord } from '../../state/record.js';
import { setScopeProperties } from '../../systemd/scope.js';
import { scopeOf, unitProperties } from './unit.js';

export interface ChangeUnit {
  readonly record: ContainerRecord;
  readonly before: Resources;
  readonly after: Resources;
}

/** Gives the unit of a container its new limits; returns how to take them back. */
export async function changeUnit({ record, before, after }: ChangeUnit): Promise<() => Promise<void>> {
  const scope = scopeOf({ ...record, claim: `${record.created} ${record.id}` });
  if (scope === null) return () => Promise.resolve();
  const takeBack = (): Promise<void> => setScopeProperties(scope, unitProperties(before, scope.bus));
  let mayHaveChanged = false;
  try {
    await setScopeProperties(scope, unitProperties(after, scope.bus), (may) => (mayHaveChanged = may));
  } catch (error) {
    // Without a reply nobody knows whether systemd has changed the unit.
    throw mayHaveChanged ? await cleanUp(error, [takeBack]) : error;
  }
  return takeBack;
}
