/**
 * Measures what a container costs: the time from its creation to its removal, beside the time that child_process takes for the same
 * program. The root file system of the containers is that of this machine, read-only, so that it is the same program.
 *
 * Usage: benchmark [ROUNDS] [PROGRAM ARGUMENT...]     (as root)
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { defineBundle, Runtime } from '@tsrun/runtime';

const [, , rounds = '200', program = '/bin/true', ...args] = process.argv;
// The containers have no limits, because the processes beside them have none.
const bundle = defineBundle({ rootfs: '/', args: [program, ...args], limits: 'none' });

async function processToEnd(): Promise<void> {
  const [code] = (await once(spawn(program, args, { stdio: 'ignore' }), 'exit')) as [number | null];
  if (code !== 0) throw new Error(`${program} failed`);
}

async function containerToEnd(runtime: Runtime): Promise<void> {
  const container = await runtime.create({ ...bundle, id: randomUUID(), stdio: 'ignore' });
  try {
    await container.start();
    if ((await container.wait()).code !== 0) throw new Error(`${program} failed in a container`);
  } finally {
    await container.delete({ force: true });
  }
}

interface Way {
  readonly name: string;
  /** What is not measured. */
  readonly prepare?: () => Promise<void>;
  readonly act: () => Promise<void>;
  /** Milliseconds, of each round. */
  readonly times: number[];
}

async function measure({ prepare, act, times }: Way, isCounted: boolean): Promise<void> {
  await prepare?.();
  const begun = performance.now();
  await act();
  if (isCounted) times.push(performance.now() - begun);
}

/** The time that this part of the rounds has not exceeded. */
function quantile({ times }: Way, part: number): number {
  return [...times].sort((a, b) => a - b)[Math.floor(part * (times.length - 1))] ?? Number.NaN;
}

function line(name: string, ...cells: readonly string[]): string {
  return name.padEnd(28) + cells.map((cell) => cell.padStart(12)).join('');
}

const cold = new Runtime();
const warm = new Runtime();
// The slots of a pool are for a program that has pauses, such as a server between two requests. Here, it is refilled between two rounds.
const pool = await warm.prewarm({ ...bundle, count: 1 });
const ways: readonly Way[] = [
  { name: 'child_process.spawn', act: processToEnd, times: [] },
  { name: 'container', act: () => containerToEnd(cold), times: [] },
  { name: 'container from a warm slot', prepare: () => pool.fill(), act: () => containerToEnd(warm), times: [] },
];

// In turn, so that a machine that becomes slower meanwhile makes all of them slower. The first rounds load code, and are not counted.
for (let round = -5; round < Number(rounds); round++) for (const way of ways) await measure(way, round >= 0);
await pool.close();

console.log(line(program, 'median, ms', '95 %, ms'));
for (const way of ways) console.log(line(way.name, quantile(way, 0.5).toFixed(2), quantile(way, 0.95).toFixed(2)));
