/** Differences that are meant. Each has its reason, and where it is a promise its row in docs/differences.md. */
const known: readonly { readonly difference: RegExp; readonly reason: string }[] = [
  { difference: /^mount \S+: tmpfs \/ relatime,ro (\S+ )? ?\S*nr_inodes=1,/, reason: 'masks of directories: one shared empty directory' },
  { difference: /^keyring: "keyring;0;0;3f1b0000;_ses\.ID", the peers "keyring;0;0;3f130008/, reason: 'with a user namespace, runc 1.1 sets other bits than it does without; ours are the latter' },
];

/** What is left of a list of differences. */
export function unknown(differences: readonly string[]): readonly string[] {
  return differences.filter((text) => !known.some(({ difference }) => difference.test(text)));
}
