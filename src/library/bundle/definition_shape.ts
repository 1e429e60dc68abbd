import { id } from '../../spec/shapes/integers.js';
import { flag, integer, listOf, mapOf, nameOf, objectOf, oneOf, required, text, type Shape } from '../../spec/shapes/shape.js';
import type { BundleDefinition, BundleIds, BundleLimits, BundleUser, PresetName } from './definition.js';
import { presets } from './presets.js';

const count = integer(1, Number.MAX_SAFE_INTEGER);
const cpus: Shape<number> = (value) =>
  typeof value === 'number' && value >= 0.01 && value <= 10_000
    ? undefined
    : [{ pointer: '', expected: 'a number from 0.01 to 10000', found: String(value), remedy: 'such as 0.5', sample: 1 }];

const none = oneOf(['none']);

function orNone<T>(shape: Shape<T>): Shape<T | 'none'> {
  const either: Shape<T | 'none'> = (value) => (typeof value === 'string' ? none(value) : shape(value));
  return Object.assign(either, shape.members === undefined ? {} : { members: shape.members });
}

const limitsShape = objectOf<BundleLimits>({ memory: orNone(count), cpus: orNone(cpus), pids: orNone(count), openFiles: orNone(count) });

/** Mounts and a profile of the caller's are checked as part of the configuration. */
export const definitionShape = objectOf<Omit<BundleDefinition, 'mounts' | 'seccomp'>>({
  preset: nameOf<PresetName>(presets),
  rootfs: text,
  layers: listOf(text),
  args: required(listOf(text)),
  env: mapOf(text),
  cwd: text,
  user: objectOf<BundleUser>({ uid: required(id), gid: id, additionalGids: listOf(id) }),
  hostname: text,
  writable: flag,
  scratch: integer(0, Number.MAX_SAFE_INTEGER),
  limits: orNone(limitsShape),
  network: text,
  capabilities: listOf(text),
  userNamespace: objectOf<BundleIds>({ uid: required(id), gid: id, size: count }),
  annotations: mapOf(text),
});
