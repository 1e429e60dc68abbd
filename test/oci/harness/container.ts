import { existsSync } from 'node:fs';
import { makeBundle, type Bundle, type BundleOptions } from './bundle.js';
import { succeed } from './inside.js';
import { isAsleep } from './processes.js';
import { runtime, type Options, type Outcome } from './runtime.js';
import { newId, stateRoot } from './scratch.js';
import { pause, until } from './wait.js';

export interface Container {
  readonly id: string;
  readonly bundle: Bundle;
  /** What the container's process has written so far. */
  output(): string;
}

export interface State {
  readonly ociVersion: string;
  readonly id: string;
  readonly pid: number;
  readonly status: string;
  readonly bundle: string;
  readonly rootfs: string;
  readonly created: string;
  readonly owner: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

export type MakeOptions = BundleOptions & { readonly flags?: readonly string[]; readonly call?: Options; readonly bundle?: Bundle };

/** Creates a container in the state `created`. */
export async function created(options: MakeOptions = {}): Promise<Container> {
  const bundle = options.bundle ?? makeBundle(options);
  const id = newId();
  const outcome = await runtime(['create', ...(options.flags ?? []), '--bundle', bundle.directory, id], options.call);
  succeed(outcome);
  return { id, bundle, output: outcome.output };
}

/** Creates a container whose program runs. */
export async function running(options: MakeOptions = {}): Promise<Container> {
  const container = await created(options);
  succeed(await runtime(['start', container.id]));
  return container;
}

/** Creates a container whose program has ended. */
export async function stopped(options: MakeOptions = {}): Promise<Container> {
  const container = await running({ args: ['true'], ...options });
  await untilStatus(container.id, 'stopped');
  return container;
}

export async function stateOf(id: string): Promise<State> {
  return JSON.parse(succeed(await runtime(['state', id]))) as State;
}

export function untilStatus(id: string, status: string): Promise<State> {
  return until(`${id} is ${status}`, async () => {
    const state = await stateOf(id);
    return state.status === status && state;
  });
}

/**
 * Waits until a `start` of tsrun has told the init, which must be stopped (SIGSTOP): it connects as soon as it has renamed the socket, and
 * then waits for the answer.
 *
 * @param caller - the process of `start`, if that is not this one
 */
export async function untilTold(id: string, caller?: number): Promise<void> {
  await until('start has taken the socket', () => existsSync(`${stateRoot}/${id}/starting.sock`));
  await pause(200);
  if (caller !== undefined) await until('start waits', () => isAsleep(caller));
}

export function untilOutput(container: { output(): string }, pattern: RegExp): Promise<RegExpExecArray> {
  return until(`output ${String(pattern)}`, () => pattern.exec(container.output()) ?? undefined);
}

/** Runs a shell script with `exec` in a running container, and returns its output. */
export async function execInside(id: string, script: string, flags: readonly string[] = []): Promise<string> {
  return succeed(await exec(id, ['sh', '-c', script], flags));
}

export function exec(id: string, args: readonly string[], flags: readonly string[] = [], options: Options = {}): Promise<Outcome> {
  return runtime(['exec', ...flags, id, ...args], options);
}
