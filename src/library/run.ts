import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { cleanUp } from '../errors/clean_up.js';
import { RuntimeError } from '../errors/runtime_error.js';
import type { Exit } from './exit.js';
import type { CreateRequest } from './requests.js';
import type { Runtime } from './runtime.js';

/** The container that {@link Runtime.run} runs. */
export interface RunRequest extends Omit<CreateRequest, 'id'> {
  /** As for {@link Runtime.create}. Default: a random UUID. */
  readonly id?: string;
  /** Written to the standard input, which is then a pipe by default. If `stdio` is given too, it must request a pipe for stdin. */
  readonly input?: string | Uint8Array;
}

/** How the container ended and what it wrote. */
export interface RunResult extends Exit {
  /** The standard output as UTF-8; empty if it was not a pipe. */
  readonly stdout: string;
  /** The standard error as UTF-8; empty if it was not a pipe. */
  readonly stderr: string;
}

/** Runs a container to its end and always removes it. Collects standard output and error unless `stdio` says otherwise. */
export async function runToEnd(runtime: Runtime, { id = randomUUID(), input, ...request }: RunRequest): Promise<RunResult> {
  if (input !== undefined && typeof input !== 'string' && !(input instanceof Uint8Array)) {
    throw new RuntimeError('run: "input" must be a string or a Uint8Array', { code: 'usage', phase: 'command' });
  }
  if (input !== undefined && !hasInput(request.stdio)) {
    throw new RuntimeError('run: input is given, but the standard input is not a pipe', { code: 'usage', phase: 'command', path: 'input' });
  }
  const stdio = request.stdio ?? [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'];
  const container = await runtime.create({ ...request, id, stdio });
  try {
    await container.start();
    // A program need not read its input to the end.
    container.stdin?.on('error', () => undefined).end(input);
    const [stdout, stderr, exit] = await Promise.all([collected(container.stdout), collected(container.stderr), container.wait()]);
    await container.delete({ force: true });
    return { ...exit, stdout, stderr };
  } catch (error) {
    throw await cleanUp(error, [() => container.delete({ force: true })]);
  }
}

function hasInput(stdio: RunRequest['stdio']): boolean {
  return stdio === undefined || stdio === 'pipe' || (Array.isArray(stdio) && stdio[0] === 'pipe');
}

function collected(stream: Readable | null): Promise<string> {
  return stream === null ? Promise.resolve('') : text(stream);
}
