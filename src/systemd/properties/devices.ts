import type { DeviceRule } from '../../spec/types.js';
import type { Property } from './property.js';

/**
 * DevicePolicy and DeviceAllow for a container's rules, as in runc. systemd has only a list of allowed devices. Rules that deny something
 * after they have allowed it, or that allow everything, set "auto", which allows everything; the program that tsrun attaches enforces
 * them, because both programs must allow a device.
 */
export function deviceProperties(rules: readonly DeviceRule[], always: readonly DeviceRule[]): readonly Property[] {
  const allowed = allowedOnly([...rules, ...always]);
  const policy = allowed === null ? 'auto' : 'strict';
  const entries = (allowed ?? []).flatMap(entriesOf);
  return [
    { name: 'DevicePolicy', signature: 's', value: policy },
    // An empty list first removes the previous entries.
    { name: 'DeviceAllow', signature: 'a(ss)', value: [] },
    ...(entries.length === 0 ? [] : [{ name: 'DeviceAllow', signature: 'a(ss)', value: entries }]),
  ];
}

/** Returns the allowing rules if only such rules follow a "deny all"; null if a list cannot express the rules. */
function allowedOnly(rules: readonly DeviceRule[]): readonly DeviceRule[] | null {
  const last = rules.map((rule) => !rule.allow && isEverything(rule)).lastIndexOf(true);
  const following = rules.slice(last + 1);
  return following.every((rule) => rule.allow && !isEverything(rule)) ? following : null;
}

function isEverything({ type, major, minor, access = '' }: DeviceRule): boolean {
  const every = access === '' || ['r', 'w', 'm'].every((right) => access.includes(right));
  return type !== 'b' && type !== 'c' && !isNumber(major) && !isNumber(minor) && every;
}

function entriesOf({ type, major, minor, access }: DeviceRule): readonly (readonly [string, string])[] {
  const rights = access === undefined || access === '' ? 'rwm' : access;
  const kinds = type === 'b' ? ['block'] : type === 'c' ? ['char'] : ['block', 'char'];
  // systemd reads these paths itself, whether or not there is such a file (since version 240).
  if (isNumber(major) && isNumber(minor)) return kinds.map((kind) => [`/dev/${kind}/${major}:${minor}`, rights]);
  // A major number alone is allowed by the name of its driver, `char-pts`; by number since version 240.
  if (isNumber(major)) return kinds.map((kind) => [`${kind}-${major}`, rights]);
  return kinds.map((kind) => [`${kind}-*`, rights]);
}

function isNumber(value: number | undefined): value is number {
  return value !== undefined && value >= 0;
}
