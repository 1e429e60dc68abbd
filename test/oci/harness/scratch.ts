import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';

/**
 * One directory per test file, below /run or in the tmpfs that scripts/test.sh mounts (scripts/test/machine/memory.mjs): the only place
 * outside the project where the suite writes, besides cgroups. Its name is the prefix of the ids, and so is part of every container id,
 * cgroup, path and environment that the file creates, so that leftovers can be recognized. It is created before the first test that is not
 * skipped.
 */
export const mark = `tsrun-test-${randomBytes(4).toString('hex')}`;
export const scratch = `${process.env['TSRUN_TEST_DIRECTORY'] ?? '/run'}/${mark}`;

/** The --root of the test file's containers. */
export const stateRoot = `${scratch}/state`;

let count = 0;

/** An id that no other container of any run has. */
export function newId(): string {
  count += 1;
  return `${mark}-${count}`;
}

/** A new empty directory in {@link scratch}. */
export function newDirectory(): string {
  count += 1;
  const path = `${scratch}/d${count}`;
  mkdirSync(path, { recursive: true });
  return path;
}

/** A path in {@link scratch} at which nothing exists. A file of tests may want one before its first test. */
export function newPath(ending = ''): string {
  count += 1;
  mkdirSync(scratch, { recursive: true });
  return `${scratch}/p${count}${ending}`;
}
