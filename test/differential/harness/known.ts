interface Known {
  readonly difference: RegExp;
  /** The first column of the row of docs/differences.md that says why. */
  readonly row: string;
}

/** Differences that are meant. */
export const known: readonly Known[] = [
  { difference: /^mount \S+: tmpfs \/ relatime,ro (\S+ )? ?\S*nr_inodes=1,/, row: 'masks of directories' },
  {
    difference: /^keyring: "keyring;0;0;3f1b0000;_ses\.ID", the peers "keyring;0;0;3f13000[08]/,
    row: 'the session keyring of a container with a user namespace',
  },
  {
    difference: /^refused: .*set (scheduler|io priority): operation not permitted/,
    row: '`scheduler` and `ioPriority` that a user namespace has no rights to',
  },
  { difference: /^terminal size:/, row: '`consoleSize` on a terminal of the caller' },
];

/** What is left of a list of differences. */
export function unknown(differences: readonly string[]): readonly string[] {
  return differences.filter((text) => !known.some(({ difference }) => difference.test(text)));
}
