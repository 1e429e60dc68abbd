import { leftovers, mark, stateRoot, pause } from '../../oci/harness/index.js';

/** What is left of a container after the time that the kernel takes to end processes and empty cgroups. */
export async function remains(id: string): Promise<readonly string[]> {
  // With a delimiter, because an id that ends in -1 is a prefix of one that ends in -10.
  const own = new RegExp(`${id}(?!\\d)`);
  const end = Date.now() + 10_000;
  for (;;) {
    const left = leftovers(mark, stateRoot)
      .map(({ what }) => what)
      .filter((what) => own.test(what));
    if (left.length === 0 || Date.now() > end) return left.map((what) => `left behind: ${what}`);
    await pause(10);
  }
}
