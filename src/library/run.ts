import { randomUUID } from 'node:crypto';
import { cleanUp } from '../errors/clean_up.js';
import { reachedLimit, type ReachedLimit } from '../errors/reached_limit.js';
import { RuntimeError } from '../errors/runtime_error.js';
import { checked } from './arguments/checked.js';
import { optionsOf } from './arguments/options_of.js';
import { argsShape } from './arguments/shapes.js';
import type { Container } from './container/container.js';
import type { ExecRequest } from './container/exec_process.js';
import type { CreateRequest } from './requests.js';
import type { Runtime } from './runtime/runtime.js';
import { checkToEnd, toEnd, type Reached, type RunResult, type ToEndOptions } from './to_end.js';

/** The container that {@link Runtime.run} runs. */
export interface RunRequest extends Omit<CreateRequest, 'id'>, ToEndOptions {
  /** As for {@link Runtime.create}. Default: a random UUID. */
  readonly id?: string;
}

/** The process that {@link Container.run} runs. */
export interface RunInContainerRequest extends ExecRequest, ToEndOptions {}

/** Runs a container to its end and always removes it. Collects standard output and error unless `stdio` says otherwise. */
export async function runToEnd(runtime: Runtime, given: RunRequest): Promise<RunResult<string | Uint8Array>> {
  const request = optionsOf('run', given);
  const { id = randomUUID(), ...creation } = withoutOptions(request);
  const streams = checkToEnd('run', request, request);
  const container = await runtime.create({ ...creation, id, ...streams });
  try {
    await container.start();
    const result = await toEnd('run', container, { ...request, reached: () => reachedBy(container) });
    await container.delete({ force: true });
    return result;
  } catch (error) {
    throw await cleanUp(error, [() => container.delete({ force: true })]);
  }
}

/** The same for a process in a container, of which nothing has to be removed. */
export async function runInContainer(
  container: Container,
  args: readonly string[],
  given: RunInContainerRequest,
): Promise<RunResult<string | Uint8Array>> {
  const request = optionsOf('run', given);
  const words = checked({ method: 'exec', value: args, shape: argsShape });
  const streams = checkToEnd('run', request, request);
  const reached = await reachedFromNow(container);
  return await toEnd('run', await container.exec(words, { ...withoutOptions(request), ...streams }), { ...request, reached });
}

/** Nothing is known of a container that somebody else has deleted, and that is not the program's failure. */
async function reachedBy(container: Container): Promise<readonly ReachedLimit[]> {
  try {
    return await container.reachedLimits();
  } catch (error) {
    if (error instanceof RuntimeError && error.code === 'not-found') return [];
    throw error;
  }
}

/** Counts from now on, so that a process is not told of what others had done before. */
async function reachedFromNow(container: Container): Promise<Reached> {
  const before = new Map((await reachedBy(container)).map(({ name, count }) => [name, count]));
  return async () => {
    const now = (await reachedBy(container)).map((limit) => reachedLimit({ ...limit, count: limit.count - (before.get(limit.name) ?? 0) }));
    return now.filter(({ count }) => count > 0);
  };
}

function withoutOptions<T extends ToEndOptions>(request: T): Omit<T, keyof ToEndOptions> {
  const { input: _, timeout: __, grace: ___, stopSignal: ____, maxBuffer: _____, encoding: ______, ...rest } = request;
  return rest;
}
