import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';

/**
 * One directory per test file, under /run: the only place where the suite writes outside the project (beside cgroups). Its name, which ids begin
 * with, is part of every container id, cgroup, path and environment that the file makes, so that whatever is left behind can be recognized.
 * It is made before the first test that is not skipped.
 */
export const mark = `tsrun-test-${randomBytes(4).toString('hex')}`;
export const scratch = `/run/${mark}`;

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
