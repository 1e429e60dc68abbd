import { existsSync } from 'node:fs';
import { afterTest } from './cleanup.js';
import { program } from './programs.js';
import { start, type Started } from './runtime.js';
import { newPath } from './scratch.js';
import { until } from './wait.js';

/** The engine's end of a console socket. */
export async function openConsole(...size: string[]): Promise<{ readonly path: string; readonly call: Started }> {
  const path = newPath('.sock');
  const call = start([program('console'), path, ...size]);
  afterTest(() => call.child.kill('SIGKILL'));
  await until('the console socket', () => existsSync(path));
  return { path, call };
}
