import { expect } from 'vitest';
import { leftovers, mark, stateRoot, until } from '../../oci/harness/index.js';

/** Waits until nothing of a container is left: no process, mount, cgroup or state. */
export async function gone(id: string): Promise<void> {
  const own = new RegExp(`${id}(?!\\d)`);
  const left = (): readonly string[] =>
    leftovers(mark, stateRoot)
      .map((one) => one.what)
      .filter((what) => own.test(what));
  await until(`nothing of ${id}`, () => left().length === 0, 10_000).catch(() => expect(left()).toEqual([]));
}
