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
  await setScopeProperties(scope, unitProperties(after));
  return () => setScopeProperties(scope, unitProperties(before));
}
