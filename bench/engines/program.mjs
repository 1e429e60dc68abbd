import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Runs a program to its end. Throws what it said if it failed. */
export function succeed(program, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], ...options });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${error?.message ?? (stderr || stdout).trim()}`);
}

/** Where a program is, in one of these directories or in PATH; undefined if it is not installed. */
export function find(program, directories = []) {
  return [...directories, ...process.env.PATH.split(':')].map((directory) => join(directory, program)).find((path) => existsSync(path));
}
