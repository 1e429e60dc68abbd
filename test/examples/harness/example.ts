import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { text } from 'node:stream/consumers';
import { build } from 'esbuild';
import { afterTest, controllers, stateRoot } from '../../oci/harness/index.js';

export const project = new URL('../../../', import.meta.url).pathname;

/** Whether this host can hold containers to the limits of the presets. */
export const canLimit = ['cpu', 'memory', 'pids'].every((name) => controllers.includes(name));

interface Changes {
  /** null: the example's own. Default: the state root of the tests. */
  readonly root?: string | null;
  /** Without limits, as the error says on a host that cannot hold containers to them. Default: on such a host. */
  readonly unlimited?: boolean;
}

/** The text of an example, changed for this host. */
export function sourceOf(name: string, { root = stateRoot, unlimited = !canLimit }: Changes = {}): string {
  const source = readFileSync(`${project}examples/${name}`, 'utf8');
  const rooted = root === null ? source : source.replaceAll('new Runtime()', `new Runtime({ root: ${JSON.stringify(root)} })`);
  return unlimited ? rooted.replaceAll(/preset: '\w+',/g, "$& limits: 'none',") : rooted;
}

/** Compiles an example as a user would, so that it imports the built package by its name. Returns the path of the program. */
export function compile(name: string, changes: Changes = {}): Promise<string> {
  return compileText(name.replace('.ts', ''), sourceOf(name, changes), `${project}examples`);
}

/** The same for a text; `directory` is where its imports are looked up. */
export async function compileText(name: string, contents: string, directory: string): Promise<string> {
  const outfile = `${project}.cache/examples/${name}-${process.pid}.mjs`;
  mkdirSync(dirname(outfile), { recursive: true });
  await build({
    stdin: { contents, loader: 'ts', resolveDir: directory },
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
  });
  afterTest(() => {
    rmSync(outfile);
  });
  return outfile;
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Run extends Changes {
  readonly args: readonly string[];
  readonly input?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Runs an example to its end. */
export async function runExample(name: string, { args, input = '', env = {}, ...changes }: Run): Promise<Ended> {
  const child = spawn(process.execPath, [await compile(name, changes), ...args], { env: { ...process.env, ...env } });
  child.stdin.end(input);
  const ended = exitOf(child);
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, stdout, stderr };
}

export function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('exit', resolve);
    child.once('error', reject);
  });
}
