import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

export const project = join(import.meta.dirname, '../../..');

export interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Options {
  readonly input?: string;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Runs a program to its end, whatever its result. */
export function run([program = '', ...args]: readonly string[], { input = '', cwd = project, env = {} }: Options = {}): Result {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', input, cwd, env: { ...process.env, ...env } });
  if (error !== undefined) throw error;
  return { code: status, stdout, stderr };
}

/** Returns the standard output of a program that must succeed. */
export function output(command: readonly string[], options?: Options): string {
  const { code, stdout, stderr } = run(command, options);
  if (code !== 0) throw new Error(`${command.join(' ')}: ended with ${String(code)}\n${stdout}${stderr}`);
  return stdout;
}
