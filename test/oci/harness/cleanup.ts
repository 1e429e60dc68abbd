import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { can } from './capabilities.js';
import { leftovers, type Leftover } from './leaks.js';
import { runtime } from './runtime.js';
import { mark, scratch, stateRoot } from './scratch.js';
import { pause } from './wait.js';

type Undo = () => unknown;
const undone: Undo[] = [];

/** Registers an action that restores what a test changed; they run after it, last first. */
export function afterTest(undo: Undo): void {
  undone.push(undo);
}

/** After every test, removes its containers and checks that nothing with the mark is left on the machine. */
export function cleanUp(): void {
  // Vitest runs neither hook if all tests of a file are skipped.
  beforeAll(() => {
    mkdirSync(stateRoot, { recursive: true });
  });
  afterEach(async () => {
    for (let undo = undone.pop(); undo !== undefined; undo = undone.pop()) await undo();
    await removeContainers();
    const left = await lasting();
    if (left.length === 0) return;
    await sweep();
    if (can.leaveNothing) throw new Error(`left behind:\n${left.map((one) => one.what).join('\n')}`);
  });
  afterAll(() => {
    rmSync(scratch, { recursive: true, force: true });
  });
}

/** Removes what is left, so that the next test does not find it, too. */
export async function sweep(): Promise<void> {
  for (let attempt = 0; attempt < 20; attempt++) {
    const left = leftovers(mark, stateRoot);
    if (left.length === 0) return;
    for (const one of left) attemptTo(one.remove);
    await pause(50);
  }
}

/** A cgroup is busy until the kernel has finished with its processes. */
function attemptTo(remove: () => void): void {
  try {
    remove();
  } catch {
    // The next attempt will report it.
  }
}

/** What does not disappear soon by itself: the kernel takes time to end processes and empty cgroups. */
async function lasting(): Promise<readonly Leftover[]> {
  const end = Date.now() + (can.leaveNothing ? 10_000 : 200);
  for (;;) {
    const left = leftovers(mark, stateRoot);
    if (left.length === 0 || Date.now() > end) return left;
    await pause(20);
  }
}

async function removeContainers(): Promise<void> {
  if (!existsSync(stateRoot)) return;
  const ids = readdirSync(stateRoot).filter((name) => name.startsWith(mark));
  await Promise.all(ids.map((id) => runtime(['delete', '--force', id])));
}
