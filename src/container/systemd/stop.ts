import { undisturbed } from '../../errors/interruption.js';
import type { ContainerRecord } from '../../state/record.js';
import { stopScope } from '../../systemd/scope.js';
import { scopeOf } from './unit.js';

export interface StopUnit {
  readonly systemdUnit: ContainerRecord['systemdUnit'] | undefined;
  readonly systemdBus: ContainerRecord['systemdBus'] | undefined;
  readonly claim: string;
  /** Whether its processes are killed first. */
  readonly kill: boolean;
}

/**
 * Stops a container's unit, whose name is free when this returns. Returns its failures: systemd forgets a scope without processes by
 * itself, so without an answer nothing stays for ever.
 */
export async function stopUnit({ kill, ...of }: StopUnit): Promise<readonly unknown[]> {
  const scope = scopeOf(of);
  if (scope === null) return [];
  try {
    await undisturbed(() => stopScope(scope, { kill }));
    return [];
  } catch (error) {
    return [error];
  }
}
