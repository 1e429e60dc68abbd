import { parseExactly } from '../json/parse_exactly.js';
import type { Spec } from '../spec/types.js';
import type { ContainerRecord } from './record.js';
import { unrounded } from './unrounded.js';

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isCount: Check = (value) => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
const isTexts: Check = (value) => Array.isArray(value) && value.every(isText);
const isObject: Check = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The fields that every record of this version has. */
type Required = Pick<ContainerRecord, 'version' | 'id' | 'pid' | 'startTime' | 'bundle' | 'spec'>;

const required: Readonly<Record<keyof Required, Check>> = {
  version: (value) => value === 1,
  id: isText,
  pid: isCount,
  startTime: isCount,
  bundle: isText,
  // It was validated before it was written, and only root can write there.
  spec: isObject,
};

/** Fields that another release may not have written; never move them to {@link required}. */
const optional: Readonly<Record<Exclude<keyof ContainerRecord, keyof Required>, Check>> = {
  ociVersion: isText,
  rootfs: isText,
  created: isText,
  owner: isText,
  bootId: isText,
  cgroup: (value) => value === null || (typeof value === 'string' && value.startsWith('/')),
  cgroupInode: isCount,
  systemdUnit: isText,
  systemdBus: (value) => value === 'system' || value === 'user',
  cgroupParents: isTexts,
  overlay: (value) => value === true,
  overlayDirectory: (value) => typeof value === 'string' && value.startsWith('/'),
  overlayLowers: (value) => isTexts(value) && (value as readonly string[]).every((path) => path.startsWith('/')),
  exitWatch: isText,
  noNewKeyring: (value) => typeof value === 'boolean',
};

/** Says whether the record contains integers beyond 2^53. Older releases rounded them and do not write this member. */
export const longIntegers = 'longIntegers';

/**
 * Returns the record in the text of a state.json, or why there is none. Absent fields get their default; unknown ones are a newer
 * release's.
 */
export function parseRecord(text: string): ContainerRecord | string {
  let value: unknown;
  try {
    value = read(text);
  } catch (error) {
    if (text.trim() === '') return 'the file is empty';
    return error instanceof Error ? error.message : String(error);
  }
  if (!isObject(value)) return 'it is not an object';
  const found = value as Readonly<Record<string, unknown>>;
  if (isCount(found['version']) && found['version'] !== 1) return `it has version ${String(found['version'])}, this tsrun reads version 1`;
  const wrong =
    Object.keys(required).find((name) => !required[name as keyof typeof required](found[name])) ??
    Object.keys(optional).find((name) => found[name] !== undefined && !optional[name as keyof typeof optional](found[name]));
  if (wrong !== undefined) return `field "${wrong}" is missing or wrong`;
  return complete(found as unknown as Required & Partial<ContainerRecord>);
}

function read(text: string): unknown {
  const value: unknown = JSON.parse(text);
  if (!isObject(value)) return value;
  // This member belongs to the text, not to the record.
  const { [longIntegers]: told, ...record } = value as Readonly<Record<string, unknown>>;
  if (told === true) return { ...record, spec: Reflect.get(parseExactly(text) as object, 'spec') as unknown };
  return told === undefined ? { ...record, spec: unrounded(record['spec']) } : record;
}

function complete(found: Required & Partial<ContainerRecord>): ContainerRecord {
  return {
    ...found,
    ociVersion: found.ociVersion ?? found.spec.ociVersion,
    rootfs: found.rootfs ?? rootfsOf(found.bundle, found.spec),
    created: found.created ?? '',
    owner: found.owner ?? '',
    cgroup: found.cgroup ?? null,
    cgroupParents: found.cgroupParents ?? [],
    noNewKeyring: found.noNewKeyring ?? false,
  };
}

/** config.md, "Root": relative to the bundle. */
function rootfsOf(bundle: string, spec: Spec): string {
  const path = spec.root?.path ?? '';
  return path.startsWith('/') ? path : `${bundle}/${path}`;
}
