import type { Change, Mark } from './changes.js';

interface Known {
  readonly difference: RegExp;
  /** The first column of the row of docs/differences.md that gives the reason. */
  readonly row: string;
  /** What the case must have for it. */
  readonly with?: readonly Mark[];
}

/** Intended differences. */
export const known: readonly Known[] = [
  { difference: /^mount \S+: tmpfs \/ relatime,ro (\S+ )? ?\S*nr_inodes=1,/, row: 'masks of directories' },
  {
    difference: /^keyring: "keyring;0;0;3f1b0000;_ses\.ID", the peers "keyring;0;0;3f13000[08]/,
    row: 'the session keyring of a container with a user namespace',
    with: ['user namespace'],
  },
  {
    difference: /^refused: .*set (scheduler|io priority): operation not permitted/,
    row: '`scheduler` and `ioPriority` that a user namespace has no rights to',
    with: ['user namespace', 'rights of the host'],
  },
  // sched_setattr(2), EPERM: the affinity mask of the process must include all processors.
  {
    difference: /^refused: .*set scheduler: operation not permitted/,
    row: '`SCHED_DEADLINE` with an `execCPUAffinity` of some processors',
    with: ['all processors', 'affinity'],
  },
  {
    difference: /^accepted: .*failed to setns into cgroup namespace/,
    row: '`exec` in a container with a new user namespace and a joined cgroup namespace',
    with: ['user namespace', 'joined cgroup namespace'],
  },
];

/** Returns the differences that are not known. */
export function unknown(differences: readonly string[], changes: readonly Change[]): readonly string[] {
  const marks = new Set(changes.flatMap((change) => change.marks ?? []));
  const isMeant = (text: string): boolean =>
    known.some((one) => one.difference.test(text) && (one.with ?? []).every((mark) => marks.has(mark)));
  return differences.filter((text) => !isMeant(text));
}
