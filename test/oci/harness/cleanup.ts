import { existsSync, readdirSync, rmSync } from 'node:fs';
import { afterAll, afterEach } from 'vitest';
import { leftovers } from './leaks.js';
import { runtime } from './runtime.js';
import { mark, scratch, stateRoot } from './scratch.js';
import { until } from './wait.js';

type Undo = () => unknown;
const undone: Undo[] = [];

/** Registers what a test has to put right again; run after it, last first. */
export function afterTest(undo: Undo): void {
  undone.push(undo);
}

/** After every test: its containers are removed, and nothing that carries the mark may be left on the machine. */
export function cleanUp(): void {
  afterEach(async () => {
    for (let undo = undone.pop(); undo !== undefined; undo = undone.pop()) await undo();
    await removeContainers();
    const nothing = (): boolean => leftovers(mark, stateRoot).length === 0;
    await until('nothing left', nothing, 5_000).catch(() => {
      throw new Error(`left behind:\n${leftovers(mark, stateRoot).join('\n')}`);
    });
  });
  afterAll(() => {
    rmSync(scratch, { recursive: true, force: true });
  });
}

async function removeContainers(): Promise<void> {
  if (!existsSync(stateRoot)) return;
  const ids = readdirSync(stateRoot).filter((name) => name.startsWith(mark));
  await Promise.all(ids.map((id) => runtime(['delete', '--force', id])));
}
