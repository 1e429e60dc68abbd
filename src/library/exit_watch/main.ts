/**
 * The program that {@link ExitWatch} starts: reads which containers there are until its standard input ends, and then removes those that
 * are left.
 */
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { removeWatched } from '../../container/leftovers/watched.js';
import { loadAddon } from '../../sys/addon.js';
import { bindSys } from '../../sys/call.js';
import type { Told } from './watch.js';

/** Milliseconds for what is locked or fails, from when the program has ended. */
const timeoutMs = 60_000;
const longestPause = 1000;
/** How many containers are removed at once: libuv has four threads. */
const atOnce = 4;

bindSys(loadAddon());
const [, , token = ''] = process.argv;
const parent = process.ppid;
const left = new Map<number, Told>();

for await (const line of createInterface({ input: process.stdin })) {
  const told = parsed(line);
  if (told !== null && 'root' in told) left.set(told.number, told);
  else if (told !== null) left.delete(told.number);
}

let end = Date.now() + timeoutMs;
for (let pause = 10; ; pause = Math.min(pause * 2, longestPause)) {
  const waiting = [...left.values()];
  await Promise.all(Array.from({ length: atOnce }, () => removeNext(waiting)));
  if (left.size === 0) break;
  // A worker thread has ended, which holds locks until its whole program ends.
  if (process.ppid === parent) end = Date.now() + timeoutMs;
  if (Date.now() > end) break;
  await setTimeout(pause);
}
process.exitCode = left.size === 0 ? 0 : 1;

async function removeNext(waiting: Told[]): Promise<void> {
  for (let told = waiting.pop(); told !== undefined; told = waiting.pop()) {
    const { number, root, id } = told;
    // What cannot be removed is tried again, and listed afterwards.
    if (await removeWatched({ root, id, token }).catch(() => false)) left.delete(number);
  }
}

/** The last line is incomplete if its writer was killed, and then nothing of that container exists. */
function parsed(line: string): Told | Pick<Told, 'number'> | null {
  try {
    return JSON.parse(line) as Told | Pick<Told, 'number'>;
  } catch {
    return null;
  }
}
