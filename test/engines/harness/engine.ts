import { rmSync } from 'node:fs';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { leftovers } from '../../oci/harness/leaks.js';
import type { Options, Outcome, Started } from '../../oci/harness/runtime.js';
import { mark, scratch, stateRoot } from '../../oci/harness/scratch.js';
import { pause } from '../../oci/harness/wait.js';
import { startMachine, type Machine } from './machine.js';

export interface EngineOptions {
  /** Starts and prepares the engine in its new machine. */
  readonly setUp: (machine: Machine) => Promise<void>;
  /** Removes every container, after each test. */
  readonly clear: () => Promise<void>;
}

let machine: Machine | undefined;

/** The machine of this test file. */
export function theMachine(): Machine {
  if (machine === undefined) throw new Error('the machine does not run yet');
  return machine;
}

/** Gives the test file a machine with an engine, and checks that neither a test nor the whole file leaves anything behind. */
export function useEngine(options: EngineOptions): void {
  beforeAll(async () => {
    machine = await startMachine();
    await options.setUp(machine);
  });
  afterEach(async () => {
    await options.clear();
    await expectNone('in the machine', () => theMachine().leftovers());
  });
  afterAll(async () => {
    await machine?.stop();
    await expectNone('on the host', () => leftovers(mark, stateRoot).map((one) => one.what));
    rmSync(scratch, { recursive: true, force: true });
  });
}

/** Starts a program in the machine. */
export function startInside(line: readonly string[], options: Options = {}): Started {
  return theMachine().start(line, options);
}

export function runInside(line: readonly string[], options: Options = {}): Promise<Outcome> {
  return startInside(line, options).done;
}

/** The shims in the machine, by their pids in it. */
export async function shims(): Promise<readonly string[]> {
  const { stdout } = await runInside(['pidof', 'containerd-shim-tsrun-v2']);
  return stdout
    .trim()
    .split(' ')
    .filter((pid) => pid !== '');
}

/** Waits, because the kernel takes time to end processes and empty cgroups. */
async function expectNone(where: string, look: () => readonly string[]): Promise<void> {
  const end = Date.now() + 10_000;
  for (let left = look(); left.length > 0; left = look()) {
    if (Date.now() > end) throw new Error(`left behind ${where}:\n${left.join('\n')}`);
    await pause(20);
  }
}
