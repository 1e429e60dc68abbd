import { limitWrites } from '../../cgroup/limits/index.js';
import { defaultRules } from '../../cgroup/devices/rules.js';
import type { Resources } from '../../spec/types.js';
import type { ContainerRecord } from '../../state/record.js';
import type { BusKind } from '../../systemd/bus/address.js';
import { deviceProperties } from '../../systemd/properties/devices.js';
import { limitProperties } from '../../systemd/properties/limits.js';
import type { Property } from '../../systemd/properties/property.js';
import type { Scope } from '../../systemd/scope.js';

export interface ScopeOf {
  readonly systemdUnit?: ContainerRecord['systemdUnit'] | undefined;
  readonly systemdBus?: ContainerRecord['systemdBus'] | undefined;
  /** Of the creation, which no other has (state/cleanup_record.ts). */
  readonly claim: string;
}

/** The unit that a container's record, or its cleanup record, names; null if systemd did not make its cgroup. */
export function scopeOf({ systemdUnit, systemdBus = 'system', claim }: ScopeOf): Scope | null {
  return systemdUnit === undefined ? null : { bus: systemdBus, unit: systemdUnit, description: `tsrun container ${claim}` };
}

/** The limits of a container as properties of its unit. A user's systemd cannot enforce device rules. */
export function unitProperties(resources: Resources | undefined, bus: BusKind): readonly Property[] {
  const devices = bus === 'user' ? [] : deviceProperties(resources?.devices ?? [], defaultRules);
  return [...limitProperties(limitWrites(resources ?? {})), ...devices];
}
