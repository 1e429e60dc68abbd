/** Containers that CRIU itself saves and restores. */
import { execFileSync } from 'node:child_process';
import {
  afterTest,
  makeBundle,
  newId,
  newPath,
  running,
  runtime,
  succeed,
  until,
  untilListening,
  type Bundle,
  type Config,
} from '../harness/index.js';

/** Writes 1, 2, 3... */
export const count = 'i=0; while :; do i=$((i+1)); echo $i; sleep 0.05; done';

/** Writes them through a connection. */
export const countsThroughTcp = `ifconfig lo up; (${count}) | nc -l -p 7777 & ${untilListening(7777)}; sleep 1000 | nc 127.0.0.1 7777`;

/** CRIU takes longer than the other calls. */
const call = { timeout: 60_000 };

export interface SaveOptions {
  readonly script?: string;
  readonly args?: readonly string[];
  readonly config?: (config: Config) => void;
  readonly bundle?: Bundle;
  readonly create?: readonly string[];
  readonly checkpoint?: readonly string[];
  /** Where the image is; default: a new directory. */
  readonly image?: string;
  /** Waits until the program has done what is to be saved; default: until it has written something. */
  readonly ready?: (output: string, id: string) => boolean | Promise<boolean>;
  /** Between a start and the checkpoint. */
  readonly before?: (id: string) => Promise<void>;
}

export interface Saved {
  readonly bundle: Bundle;
  readonly image: string;
  /** The container that was saved. */
  readonly id: string;
  /** What it had written until then. */
  readonly written: string;
}

/** Starts a container and saves it. */
export async function save(options: SaveOptions): Promise<Saved> {
  const { ready = (output) => output !== '', script, args, config } = options;
  const bundle =
    options.bundle ?? makeBundle({ ...(args === undefined ? { script: script ?? count } : { args }), ...(config && { config }) });
  const { image = newPath('.image') } = options;
  const container = await running({ bundle, flags: options.create ?? [] });
  await until('it is ready', () => ready(container.output(), container.id));
  await options.before?.(container.id);
  succeed(await runtime(['checkpoint', '--image-path', image, ...(options.checkpoint ?? []), container.id], call));
  return { bundle, image, id: container.id, written: container.output() };
}

export interface Restored {
  readonly id: string;
  readonly output: () => string;
}

/** Restores it, in the background, as another container. */
export async function restore({ bundle, image }: Pick<Saved, 'bundle' | 'image'>, flags: readonly string[] = []): Promise<Restored> {
  const id = newId();
  const outcome = await runtime(['restore', '--detach', '--image-path', image, '--bundle', bundle.directory, ...flags, id], call);
  succeed(outcome);
  return { id, output: outcome.output };
}

/** The last number of an output. */
export const lastNumber = (text: string): number => Number(/(\d+)\n[^\n]*$/.exec(text)?.[1] ?? -1);

/** Waits until a restored container has counted further than the saved one. */
export async function countsOn({ written }: Pick<Saved, 'written'>, { output }: Restored): Promise<void> {
  await until('it counts on', () => lastNumber(output()) > lastNumber(written));
}

/** A network namespace with a name, which the test's end removes. */
export function namedNetwork(name: string): string {
  execFileSync('ip', ['netns', 'add', name]);
  afterTest(() => execFileSync('ip', ['netns', 'delete', name]));
  return `/run/netns/${name}`;
}
