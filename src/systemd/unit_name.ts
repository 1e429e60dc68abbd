import { RuntimeError } from '../errors/runtime_error.js';
import type { BusKind } from './bus/address.js';

/** The place of a container in systemd's tree of units. */
export interface ScopeName {
  /** The unit, such as `tsrun-web.scope`. */
  readonly unit: string;
  /** The slice that it is put into, such as `system.slice`. */
  readonly slice: string;
}

export interface ScopeNameOptions {
  readonly id: string;
  /** `linux.cgroupsPath`. */
  readonly cgroupsPath: string | undefined;
  readonly bus: BusKind;
}

const pointer = '/linux/cgroupsPath';

/** UNIT_NAME_MAX of systemd. */
const longest = 255;

/**
 * Reads `slice:prefix:name`, as runc and crun do. Without a path it is `tsrun-ID.scope`; without a slice, `system.slice`, or `user.slice`
 * of the user's systemd.
 */
export function scopeName({ id, cgroupsPath, bus }: ScopeNameOptions): ScopeName {
  const asked = cgroupsPath ?? '';
  const [slice = '', prefix = '', name = '', ...more] = asked === '' ? ['', 'tsrun', escaped(id)] : asked.split(':');
  if (more.length > 0 || (asked !== '' && asked.split(':').length !== 3)) {
    throw invalid(`expected cgroupsPath to be of format "slice:prefix:name" for systemd cgroups, got "${asked}" instead`);
  }
  const unit = `${prefix === '' ? '' : `${prefix}-`}${name}.scope`;
  if (name === '') throw invalid(`use unit of "${asked}": it has no name`);
  // systemd puts no processes into a slice.
  if (name.endsWith('.slice')) throw invalid(`use unit "${name}": a container is a scope and cannot be a slice`);
  if (!isUnitName(unit)) throw invalid(`use unit "${unit}": not a unit name of systemd (letters, digits and :-_.\\@, at most ${longest})`);
  return { unit, slice: checkedSlice(slice === '' ? `${bus}.slice` : slice) };
}

/** Where systemd makes the cgroup of a scope, below that of its manager: `a-b.slice` is `/a.slice/a-b.slice`. */
export function scopePath({ unit, slice }: ScopeName): string {
  const parts = slice === '-.slice' ? [] : slice.replace(/\.slice$/, '').split('-');
  const slices = parts.map((_, index) => `${parts.slice(0, index + 1).join('-')}.slice`);
  return `/${[...slices, unit].join('/')}`;
}

/** `a-b.slice` is in `a.slice` (systemd.slice(5)), so no part between dashes may be empty; `-.slice` is the root. */
function checkedSlice(slice: string): string {
  const name = slice.replace(/\.slice$/, '');
  const isSlice = slice.endsWith('.slice') && isUnitName(slice) && (name === '-' || name.split('-').every((part) => part !== ''));
  if (!isSlice) throw invalid(`use slice "${slice}": not the name of a slice, such as machine.slice or a-b.slice`);
  return slice;
}

function isUnitName(name: string): boolean {
  return name.length <= longest && /^[A-Za-z0-9:_.\\@-]+$/.test(name);
}

/** systemd.unit(5), "String Escaping for Inclusion in Unit Names". */
function escaped(id: string): string {
  return id.replace(/[^A-Za-z0-9:_.-]/g, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

function invalid(message: string): RuntimeError {
  return new RuntimeError(message, { code: 'invalid-config', phase: 'cgroup', operation: 'cgroup path', path: pointer });
}
