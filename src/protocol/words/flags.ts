import { capabilityNumbers } from '../../spec/names/capabilities.js';
import { namespaceFlags } from '../../spec/names/namespaces.js';
import { rlimitNumbers } from '../../spec/names/rlimits.js';
import type { Integer64 } from '../../json/integer64.js';
import { mountAttribute, propagationFlag, superblockFlag } from '../mount_flags.js';
import { syncPoint } from '../numbers/sync_points.js';
import { limit as limitText } from './texts.js';

/** Names for flags, as people write them in configurations. */

/** CLONE_NEW*: `mount, pid`. */
export function namespaceWords(flags: number): string {
  return bitWords(flags, Object.entries(namespaceFlags)).join(', ');
}

/** The same with "namespaces", for a sentence: `mount, pid namespaces`. */
export function namespacesNamed(flags: number): string {
  const words = namespaceWords(flags);
  return `${words} namespace${words.includes(',') ? 's' : ''}`;
}

const setWords = (): readonly Bit[] => [
  ['ro', mountAttribute.readonly],
  ['nosuid', mountAttribute.nosuid],
  ['nodev', mountAttribute.nodev],
  ['noexec', mountAttribute.noexec],
  ['noatime', mountAttribute.noatime],
  ['strictatime', mountAttribute.strictatime],
  ['nodiratime', mountAttribute.nodiratime],
  ['nosymfollow', mountAttribute.nosymfollow],
];

const clearWords = (): readonly Bit[] => [
  ['rw', mountAttribute.readonly],
  ['suid', mountAttribute.nosuid],
  ['dev', mountAttribute.nodev],
  ['exec', mountAttribute.noexec],
  ['diratime', mountAttribute.nodiratime],
  ['symfollow', mountAttribute.nosymfollow],
];

/** MOUNT_ATTR_*: `ro,nosuid`, or `rro,rnosuid` with the prefix r. */
export function attributeWords(set: number, clear: number, prefix: '' | 'r' = ''): readonly string[] {
  const cleared = bitWords(clear & ~set, clearWords());
  const resetsTime = (clear & mountAttribute.accessTime) !== 0 && (set & mountAttribute.accessTime) === 0;
  return [...bitWords(set, setWords()), ...cleared, ...(resetsTime ? ['relatime'] : [])].map((word) => `${prefix}${word}`);
}

const superblockWords = (): readonly Bit[] => [
  ['sync', superblockFlag.synchronous],
  ['mand', superblockFlag.mandatoryLocks],
  ['dirsync', superblockFlag.dirsync],
  ['silent', superblockFlag.silent],
  ['iversion', superblockFlag.iversion],
  ['lazytime', superblockFlag.lazytime],
];

/** SB_* flags except read-only, which the mount's own attribute shows. */
export function superblockWordsOf(flags: number): readonly string[] {
  return bitWords(flags, superblockWords());
}

/** MS_SHARED and the like: `rslave`; empty for 0. */
export function propagationWord(flags: number): string {
  const { recursive, ...kinds } = propagationFlag;
  const word = bitWords(flags, Object.entries(kinds)).join(',');
  return (flags & recursive) === 0 ? word : `r${word}`;
}

/** `CAP_KILL, CAP_SETGID`, or `none`. */
export function capabilityWords(mask: number): string {
  const names = Object.entries(capabilityNumbers).flatMap(([name, bit]) => (Math.floor(mask / 2 ** bit) % 2 === 1 ? [name] : []));
  return names.length === 0 ? 'none' : names.join(', ');
}

/** `RLIMIT_CORE 0:unlimited`. */
export function limitWords(resource: number, soft: Integer64 | 'unchanged', hard: Integer64): string {
  const name = Object.entries(rlimitNumbers).find(([, number]) => number === resource)?.[0] ?? String(resource);
  const value = (limit: Integer64 | 'unchanged'): string => (limit === 'unchanged' ? limit : limitText(limit));
  return `${name} ${value(soft)}:${value(hard)}`;
}

/** The name of a sync point. */
export function syncWord(point: number): string {
  return Object.entries(syncPoint).find(([, value]) => value === point)?.[0] ?? String(point);
}

type Bit = readonly [word: string, bit: number];

function bitWords(flags: number, bits: readonly Bit[]): string[] {
  return bits.filter(([, bit]) => (flags & bit) === bit).map(([word]) => word);
}
