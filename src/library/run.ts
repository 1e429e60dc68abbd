import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { RuntimeError } from '../errors/runtime-error.js';
import type { Exit } from './exit.js';
import type { CreateRequest, Runtime } from './runtime.js';

export interface RunRequest extends Omit<CreateRequest, 'id'> {
  /** Default: a random one. */
  readonly id?: string;
  /** Written to the standard input, which then is a pipe. */
  readonly input?: string | Uint8Array;
}

/** How the container ended, and what it wrote where its streams were pipes. */
export interface RunResult extends Exit {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a container to its end and removes it, whatever happens. Standard output and error are collected unless `stdio` says otherwise. */
export async function runToEnd(runtime: Runtime, { id = randomUUID(), input, ...request }: RunRequest): Promise<RunResult> {
  if (input !== undefined && typeof input !== 'string' && !(input instanceof Uint8Array)) {
    throw new RuntimeError('run: "input" must be a string or a Uint8Array', { code: 'usage', phase: 'command' });
  }
  const stdio = request.stdio ?? [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'];
  const container = await runtime.create({ ...request, id, stdio });
  try {
    await container.start();
    // A program that does not read its input to the end is no failure.
    container.stdin?.on('error', () => undefined).end(input);
    const [stdout, stderr, exit] = await Promise.all([collected(container.stdout), collected(container.stderr), container.wait()]);
    return { ...exit, stdout, stderr };
  } finally {
    await container.delete({ force: true });
  }
}

function collected(stream: Readable | null): Promise<string> {
  return stream === null ? Promise.resolve('') : text(stream);
}
