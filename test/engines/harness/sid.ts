/** Engines that are newer than those of Debian 12: from a root file system of Debian sid, which docs/testing.md says how to make. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'vitest';
import { useRoot } from './machine.js';

const root = resolve(process.env['TSRUN_SID_ROOT'] ?? '.cache/sid');

/**
 * Calls `work`, which registers tests, for machines with the programs of Debian sid. Without its root file system, or a program in it, the
 * tests are skipped.
 */
export async function inSid(program: string, work: () => Promise<unknown>): Promise<void> {
  if (!existsSync(root + program)) return void test.skip(`${root}${program} is missing: scripts/setup/sid_engines.sh installs it`);
  useRoot(root);
  await work();
}
