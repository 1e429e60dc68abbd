import type { Value } from '../bus/values.js';

/** A property of a unit as D-Bus carries it (org.freedesktop.systemd1(5)). */
export interface Property {
  readonly name: string;
  readonly signature: string;
  readonly value: Value;
}
