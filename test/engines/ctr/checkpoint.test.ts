import { existsSync } from 'node:fs';
import { hasCriu } from '../../programs/criu/real.js';
import { ctr, describe, expect, newDirectory, newPath, running, statusOf, succeed, test, until } from '../harness/ctr.js';

describe.runIf(hasCriu)('ctr tasks checkpoint', () => {
  test('saves a task, which continues', async () => {
    const id = await running();
    const image = newPath();
    await succeed(ctr(['tasks', 'checkpoint', `--image-path=${image}`, `--work-path=${newDirectory()}`, id], { timeout: 60_000 }));
    expect(existsSync(`${image}/inventory.img`)).toBe(true);
    expect(await statusOf(id)).toBe('RUNNING');
  }, 120_000);

  test('--exit ends the task', async () => {
    const id = await running();
    await succeed(ctr(['tasks', 'checkpoint', '--exit', `--image-path=${newPath()}`, id], { timeout: 60_000 }));
    await until('it has ended', async () => (await statusOf(id)) === 'STOPPED');
  }, 120_000);
});
