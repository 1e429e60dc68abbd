import { RuntimeError } from '../../errors/runtime_error.js';
import type { Mount } from '../../spec/types.js';
import { cgroupMount } from './cgroup.js';
import type { PlanContext } from '../context.js';
import { mountIdmap } from './idmap.js';
import { mountAttribute, superblockFlag } from '../../protocol/mount_flags.js';
import { parseMountOptions, type MountOptions } from './options.js';
import { mountOption, type Operation } from '../../protocol/operations.js';
import { cleanPath } from '../../spec/cleaned_path.js';

/** `mounts` of the configuration, in order. */
export function mountOperations(context: PlanContext): readonly Operation[] {
  const mounts = mountsOf(context);
  const { covered } = finishing(mounts);
  return mounts.flatMap((mount, index) => [
    ...(covered.get(index) ?? []).map(finish),
    ...cgroupMount(context, mount).flatMap((each) => mountOperation(context, each)),
  ]);
}

/** A read-only tmpfs becomes read-only after everything below it exists, as in runc: other mounts, devices and hooks need places in it. */
export function finishMounts(context: PlanContext): readonly Operation[] {
  return finishing(mountsOf(context)).uncovered.map(finish);
}

function finish(mount: Mount): Operation {
  const destination = destinationOf(mount);
  return { ...nothing, options: mountOption.remount | placeBits(destination), set: mountAttribute.readonly, destination };
}

interface Finishing {
  /**
   * By the index of the first mount that covers them: afterwards their path leads elsewhere, though a symlink of the image may still lead
   * to them.
   */
  readonly covered: ReadonlyMap<number, readonly Mount[]>;
  readonly uncovered: readonly Mount[];
}

function finishing(mounts: readonly Mount[]): Finishing {
  const covered = new Map<number, Mount[]>();
  const uncovered: Mount[] = [];
  if (!mounts.some(isFinishedLater)) return { covered, uncovered };
  /** The first of the mounts behind the current one, by destination. */
  const firstAt = new Map<string, number>();
  const firstOver = (path: string): number =>
    path === '' ? mounts.length : Math.min(firstAt.get(path) ?? mounts.length, firstOver(path.slice(0, path.lastIndexOf('/'))));
  for (const [index, mount] of [...mounts.entries()].reverse()) {
    const destination = destinationOf(mount);
    if (isFinishedLater(mount)) {
      const cover = firstOver(destination);
      if (cover === mounts.length) uncovered.unshift(mount);
      else covered.set(cover, [mount, ...(covered.get(cover) ?? [])]);
    }
    if (!parseMountOptions(mount.options ?? []).specials.has('remount')) firstAt.set(destination, index);
  }
  return { covered, uncovered };
}

/** Whether the container sees a directory of the host as its /dev; if so, nothing is created in it (runc: needsSetupDev). */
export function devIsBound({ input }: PlanContext): boolean {
  return (input.spec.mounts ?? []).some(
    (mount) => cleanPath(mount.destination) === '/dev' && isBind(mount, parseMountOptions(mount.options ?? [])),
  );
}

/** The fields of a mount operation that does nothing. */
const nothing = {
  op: 'mount',
  options: 0,
  superblock: 0,
  set: 0,
  clear: 0,
  recursiveSet: 0,
  recursiveClear: 0,
  propagation: 0,
  idmap: -1,
  type: '',
  source: '',
  destination: '',
  data: [],
} as const;

/** None if they would appear on the host and stay there (spec/checks/namespaces/index.ts warns about it). */
function mountsOf({ input, namespaces }: PlanContext): readonly Mount[] {
  return namespaces.own.has('mount') ? (input.spec.mounts ?? []) : [];
}

function mountOperation(context: PlanContext, mount: Mount): readonly Operation[] {
  const options = parseMountOptions(mount.options ?? []);
  const destination = destinationOf(mount);
  if (isBind(mount, options)) return bindOperations(context, mount, options, destination);
  if (mountIdmap(context, mount, options) !== null) {
    throw new RuntimeError(`mount "${mount.type ?? ''}" on "${destination}": only bind mounts can be id-mapped`, {
      code: 'unsupported',
      phase: 'plan',
      operation: 'mount',
      path: destination,
    });
  }
  const type = mount.type ?? 'none';
  const data = labelled(options.data, type, context.input.spec.linux?.mountLabel);
  const readonly = isFinishedLater(mount) ? mountAttribute.readonly : 0;
  return withPropagations(options.propagations, {
    ...attributes(options),
    superblock: options.superblock & ~(readonly === 0 ? 0 : superblockFlag.readonly),
    set: options.set & ~readonly,
    options:
      optionBits(options, destination) |
      (type === 'proc' || type === 'sysfs' ? mountOption.noSymlinks : 0) |
      (type === 'mqueue' && data.some(isContext) ? mountOption.labelRoot : 0),
    type,
    source: mount.source ?? type,
    destination,
    data,
  });
}

function bindOperations(context: PlanContext, mount: Mount, options: MountOptions, destination: string): readonly Operation[] {
  if (options.data.length > 0) throw dataOnBind(mount, options.data);
  const recursive = options.specials.has('rbind');
  const remount = options.specials.has('remount');
  const path = hostPath(context, mount.source ?? '');
  const bind = {
    ...attributes(options),
    clear: remount ? options.clear : options.clear | unsaid(context, options),
    options: optionBits(options, destination) | mountOption.bind | (recursive ? mountOption.recursive : 0),
    source: remount ? '' : path,
    destination,
  };
  const idmap = remount ? null : mountIdmap(context, mount, options);
  // tsrun-init clones the source after the mounts before it, if it may.
  const fromHost = !remount && (idmap !== null || context.namespaces.user !== 'host');
  const mounts = withPropagations(options.propagations, {
    ...bind,
    options: bind.options | (fromHost ? mountOption.fromHost : 0),
    idmap: idmap === null ? -1 : context.mountIdmaps.push(idmap) - 1,
  });
  const proved = !remount && path === context.input.notifyDirectory;
  return proved ? [{ op: 'sourceProof', fd: context.descriptors.add({ kind: 'notifyDirectory' }) }, ...mounts] : mounts;
}

/**
 * Attributes of the source that the bind mount does not take over. Without attributes among its options, it has those of its source. With
 * any, it has only those, which is how mount(2) with MS_REMOUNT | MS_BIND works, and so runc and crun. In a user namespace, attributes that
 * the host locks stay (mount_namespaces(7), "Restrictions on mount namespaces").
 */
function unsaid({ input, namespaces }: PlanContext, { set, clear }: MountOptions): number {
  if (set === 0 && clear === 0) return 0;
  const { readonly, nosuid, nodev, noexec, nosymfollow } = mountAttribute;
  const locked = namespaces.user !== 'host' || input.host.inUserNamespace;
  return (nosymfollow | (locked ? 0 : readonly | nosuid | nodev | noexec)) & ~set;
}

/** The kernel would silently ignore them (runc's words, since 1.2). */
function dataOnBind({ destination }: Mount, data: readonly string[]): RuntimeError {
  const words = 'bind mounts cannot have any filesystem-specific options applied';
  return new RuntimeError(`mount on "${destination}": ${words}: "${data.join(',')}"`, {
    code: 'invalid-config',
    phase: 'plan',
    operation: 'mount',
    path: destination,
    hint: 'options such as size= and mode= belong to a file system of its own, such as tmpfs: remove them',
  });
}

type MountOperation = Extract<Operation, { op: 'mount' }>;

function withPropagations(
  propagations: readonly number[],
  mount: Partial<MountOperation> & { readonly destination: string },
): readonly Operation[] {
  const [first, ...more] = propagations;
  return [
    { ...nothing, ...mount, propagation: first ?? 0 },
    ...more.map((propagation) => ({ op: 'propagation', propagation, destination: mount.destination }) as const),
  ];
}

function attributes(options: MountOptions): Pick<MountOperation, 'set' | 'clear' | 'recursiveSet' | 'recursiveClear'> {
  const { set, clear, recursiveSet, recursiveClear } = options;
  return { set, clear, recursiveSet, recursiveClear };
}

function optionBits({ specials }: MountOptions, destination: string): number {
  return (
    placeBits(destination) |
    (specials.has('tmpcopyup') ? mountOption.copyUp : 0) |
    (specials.has('src-nofollow') ? mountOption.sourceNoFollow : 0) |
    (specials.has('dest-nofollow') ? mountOption.destinationNoFollow : 0) |
    (specials.has('copy-symlink') ? mountOption.copySymlink : 0) |
    (specials.has('remount') ? mountOption.remount : 0)
  );
}

/** What the checks of config.json allow at /proc (spec/checks/mounts.ts) may be there. */
function placeBits(destination: string): number {
  return destination === '/proc' || destination.startsWith('/proc/') ? mountOption.intoProcfs : 0;
}

function isBind(mount: Mount, { specials }: MountOptions): boolean {
  return specials.has('bind') || specials.has('rbind') || mount.type === 'bind';
}

function isFinishedLater(mount: Mount): boolean {
  const options = mount.options ?? [];
  if (mount.type !== 'tmpfs' || !options.includes('ro')) return false;
  const { set, specials } = parseMountOptions(options);
  return (set & mountAttribute.readonly) !== 0 && specials.size === (specials.has('tmpcopyup') ? 1 : 0);
}

/** Relative destinations are deprecated and start from the root; relative sources start from the bundle (config.md, "Mounts"). */
function destinationOf(mount: Mount): string {
  return cleanPath(`/${mount.destination}`);
}

function hostPath({ input }: PlanContext, source: string): string {
  return source.startsWith('/') ? source : cleanPath(`${input.bundle}/${source}`);
}

/** Kernel file systems whose labels come from SELinux's policy, so that they accept no `context` option. */
const unlabelled: ReadonlySet<string> = new Set(['proc', 'sysfs', 'cgroup2']);

function labelled(configured: readonly string[], type: string, label: string | undefined): readonly string[] {
  const data = configured.map(withoutQuotes);
  if (label === undefined || label === '' || unlabelled.has(type) || data.some(isContext)) return data;
  return [...data, `context=${label}`];
}

const isContext = (option: string): boolean => option.startsWith('context=');

/**
 * In the data of mount(2), SELinux options are quoted because of their commas (mount(8)); fsconfig(2) takes them without quotes.
 */
function withoutQuotes(option: string): string {
  return !option.includes('"') ? option : option.replace(/^((?:fs|def|root)?context)="(.*)"$/, '$1=$2');
}
