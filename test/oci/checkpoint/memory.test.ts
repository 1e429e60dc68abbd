/** Memory that CRIU itself saves ahead of a checkpoint. */
import { execFileSync } from 'node:child_process';
import { hasCriu } from '../../programs/criu/real.js';
import { can, describe, expect, fail, newPath, running, runtime, stateOf, succeed, test } from '../harness/index.js';
import { count, countsOn, restore, save } from './saved.js';

const call = { timeout: 60_000 };

const has = (feature: string): boolean => {
  try {
    execFileSync('criu', ['check', '--feature', feature], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};
const tracks = hasCriu && has('mem_dirty_track');
if (hasCriu && !tracks) console.log('pre-dumps with CRIU are skipped: the kernel does not track memory (CONFIG_MEM_SOFT_DIRTY)');

describe.runIf(can.tsrun && hasCriu)('checkpoint', () => {
  test.runIf(tracks)('--parent-path saves what has changed since a chain of pre-dumps', async () => {
    const base = newPath('.chain');
    execFileSync('mkdir', [base]);
    const before = async (id: string): Promise<void> => {
      succeed(await runtime(['checkpoint', '--pre-dump', '--image-path', `${base}/first`, id], call));
      succeed(await runtime(['checkpoint', '--pre-dump', '--image-path', `${base}/second`, '--parent-path', '../first', id], call));
    };
    const saved = await save({ before, image: `${base}/last`, checkpoint: ['--parent-path', '../second'] });
    const restored = await restore(saved);
    await countsOn(saved, restored);
  });

  test.runIf(!tracks)('--pre-dump says that the kernel does not track memory, and leaves the container running', async () => {
    const container = await running({ script: count });
    const error = fail(await runtime(['checkpoint', '--pre-dump', '--image-path', newPath('.image'), container.id], call));
    expect(error).toContain('not supported here: tracking of changed memory');
    expect((await stateOf(container.id)).status).toBe('running');
  });
});
