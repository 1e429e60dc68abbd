import type { ProcessCache } from '../../cache/process.js';
import type { Created } from '../../container/create/index.js';
import { deleteContainer } from '../../container/delete/index.js';
import type { ContainerReference, CreationRequest } from '../../container/options.js';
import { cleanUp } from '../../errors/clean_up.js';
import type { Fd } from '../../sys/contract.js';
import { abortedError } from '../aborting.js';
import { withRemedy } from '../bundle/source.js';
import { Container } from '../container/container.js';
import { openTerminal, requestedStreams, type StreamsRequest } from '../container/terminal/requested.js';
import type { Terminal } from '../container/terminal/terminal.js';
import type { BundleSource } from '../requests.js';
import type { ExitWatch } from '../exit_watch/watch.js';
import { openStdio, type HandedFiles } from '../stdio.js';
import { warner, type Warn } from '../warn.js';
import { WatchedProcess } from '../watched_process.js';

/** The settings of a runtime that apply to all of its containers. */
export interface Maker {
  readonly root: string;
  readonly allowAnnotations: readonly string[];
  readonly systemdCgroup: boolean;
  /** null without `killOnExit`. */
  readonly exitWatch: ExitWatch | null;
  readonly warn: Warn;
  readonly cache: ProcessCache;
}

export interface NewChild extends Maker {
  /** The method that was called, for messages. */
  readonly method: string;
  readonly request: HandedFiles & StreamsRequest & BundleSource & { readonly id: string; readonly signal?: AbortSignal };
  /** Makes the container from these settings and those of the request that `makeChild` does not know. */
  readonly make: (
    settings: Omit<CreationRequest, 'until' | 'bundle' | 'slots'> & Required<Pick<CreationRequest, 'streams' | 'warn'>>,
  ) => Promise<Created>;
}

/** Makes a container as a child of this program. If it fails or is aborted, nothing is left. */
export async function makeChild({
  method,
  request,
  make,
  root,
  allowAnnotations,
  systemdCgroup,
  exitWatch,
  warn,
  cache,
}: NewChild): Promise<Container> {
  const { id, signal } = request;
  const { stdio, ofTerminal } = requestedStreams(method, request);
  const named: ContainerReference = { root, id, records: cache.records };
  const opened = openStdio(stdio, request, warn);
  let watched: WatchedProcess;
  let init: NonNullable<ContainerReference['init']>;
  let master: Fd;
  let forget = (): void => undefined;
  try {
    if (exitWatch !== null) forget = await exitWatch.add(named);
    const created = await make({
      ...ofTerminal,
      ...named,
      allowAnnotations,
      systemdCgroup,
      ...(exitWatch === null ? {} : { exitWatch: exitWatch.token }),
      streams: opened.streams,
      given: opened.given,
      warn: warner(warn),
      cache,
    });
    ({ master } = created);
    const { pid, startTime, pidfd } = created;
    watched = new WatchedProcess(pidfd);
    init = { pid, startTime, hasEnded: () => watched.hasEnded() };
  } catch (error) {
    opened.abandon();
    forget();
    throw withRemedy(error, request);
  }
  opened.handOver();
  let terminal: Terminal | null = null;
  try {
    terminal = openTerminal(master, ofTerminal.terminalSize);
    if (signal?.aborted === true) throw abortedError(signal);
  } catch (error) {
    opened.abandon();
    terminal?.destroy();
    throw await cleanUp(error, [() => deleteContainer({ ...named, force: true }), () => watched.exit(), forget]);
  }
  const { stdin, stdout, stderr, log } = opened;
  return new Container({
    warn,
    allowAnnotations,
    reference: { ...named, init },
    pid: init.pid,
    process: watched,
    stdin,
    stdout,
    stderr,
    log,
    terminal,
    signal: signal ?? null,
    onRemoved: forget,
  });
}
