import { clipped } from '../../errors/clipped.js';
import { RuntimeError } from '../../errors/runtime_error.js';
import type { Value, Variant } from '../bus/values.js';
import { parseGVariant } from './gvariant.js';
import type { Property } from './property.js';

const prefix = 'org.systemd.property.';

/** A unit with these would no longer be the container's, could not be found again, or could not be started or stopped by tsrun. */
const refused: ReadonlySet<string> = new Set([
  'Controller',
  'Delegate',
  'DelegateControllers',
  'DelegateSubgroup',
  'Description',
  'PIDs',
  'PIDFDs',
  'RefuseManualStart',
  'RefuseManualStop',
  'Slice',
]);

/** The properties that annotations `org.systemd.property.NAME` ask for, as in runc; without the prefix, and with their values. */
export function askedProperties(annotations: readonly (readonly [string, string])[]): readonly Property[] {
  return annotations.map(([name, text]) => {
    if (!/^[A-Z][A-Za-z0-9]{2,}$/.test(name)) throw invalid(name, 'not the name of a property');
    if (refused.has(name)) throw invalid(name, "tsrun could no longer manage the container's unit");
    const value = parseGVariant(text);
    if (value === null) throw invalid(name, `not a value of GVariant: ${JSON.stringify(clipped(text))}`);
    return /[a-z]Sec$/.test(name) && !name.endsWith('USec') ? inMicroseconds(name, value) : { name, ...value };
  });
}

/** Unit files (systemd.unit(5)) have seconds; D-Bus has microseconds under another name. */
function inMicroseconds(name: string, { value }: Variant): Property {
  const microseconds = microsecondsOf(value);
  if (microseconds === null) throw invalid(name, 'not a number of seconds');
  return { name: `${name.slice(0, -'Sec'.length)}USec`, signature: 't', value: microseconds };
}

function microsecondsOf(value: Value): bigint | null {
  if (typeof value === 'bigint') return value >= 0n && value < 2n ** 64n / 1_000_000n ? value * 1_000_000n : null;
  return typeof value === 'number' && value >= 0 && value < 1e12 ? BigInt(Math.round(value * 1e6)) : null;
}

function invalid(name: string, reason: string): RuntimeError {
  return new RuntimeError(`annotation "${prefix}${name}": ${reason}`, {
    code: 'invalid-config',
    phase: 'validate',
    operation: 'annotation',
    path: `/annotations/${prefix}${name}`,
    hint: "docs/annotations.md has the form of values, such as true, uint64 5, 'text' or ['a', 'b']",
  });
}
