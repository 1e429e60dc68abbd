import { sys } from '../sys/call.js';
import { parseRelease } from '../host/read.js';
import type { Finding } from './finding.js';
import { readOptional } from '../host/read_optional.js';
import { remedyOf } from './remedy.js';
import { attempt } from './trial.js';

/** The oldest kernel that tsrun supports. */
const oldest = { major: 5, minor: 10 };

/** The features of newer kernels that tsrun uses, and what it does without them. */
const newer: readonly { readonly major: number; readonly minor: number; readonly what: string }[] = [
  { major: 5, minor: 11, what: 'overlay in a user namespace (5.11): not possible' },
  { major: 5, minor: 12, what: 'mount_setattr and idmapped mounts (5.12): mount(2) instead, no recursive attributes such as rro' },
  { major: 5, minor: 14, what: 'cgroup.kill (5.14): the cgroup is frozen and its processes are killed one by one' },
  { major: 5, minor: 19, what: 'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (5.19): not possible' },
  { major: 6, minor: 2, what: 'renaming a network device that is up (6.2): it is down for a moment' },
  { major: 6, minor: 3, what: 'idmapped mounts of a tmpfs (6.3): not possible' },
  { major: 6, minor: 7, what: 'layers of an overlay one by one (6.7): as one option, at most a page long' },
];

/** Compares the kernel's version with what tsrun uses, and tries whether tsrun-init runs at all. */
export async function kernelFindings(): Promise<readonly Finding[]> {
  return [version(), await init()];
}

function version(): Finding {
  const about = { area: 'kernel', name: 'version', needed: true } as const;
  const { release, machine } = sys().uname();
  const { major, minor } = parseRelease(release);
  const isBefore = (other: { readonly major: number; readonly minor: number }): boolean =>
    major < other.major || (major === other.major && minor < other.minor);
  const found = `${release} (${machine})`;
  if (isBefore(oldest)) return { ...about, standing: 'missing', found, remedy: 'use Linux 5.10 or newer' };
  const absent = newer.filter(isBefore);
  if (absent.length === 0) return { ...about, standing: 'available', found };
  return {
    ...about,
    standing: 'limited',
    found: `${found}; without ${absent.map(({ what }) => what).join('; ')}`,
    remedy: 'use a newer kernel if a container needs one of these; tsrun says so when it does',
  };
}

/** tsrun-init is executed from a sealed memfd or, if that is forbidden, from an overlay (docs/decisions/0015). */
async function init(): Promise<Finding> {
  const about = { area: 'kernel', name: 'execution of tsrun-init', needed: true } as const;
  const failure = await attempt({ cloneFlags: 0, operations: [] });
  if (failure !== null) return { ...about, standing: 'missing', found: failure.message, remedy: remedyOf(failure) };
  const noexec = readOptional('/proc/sys/vm/memfd_noexec');
  return {
    ...about,
    standing: 'available',
    found: noexec === '2' ? 'from an overlay (vm.memfd_noexec is 2)' : `from a memfd (vm.memfd_noexec is ${noexec ?? 'not there'})`,
  };
}
