import type { ProcessCache } from '../../cache/process.js';
import { createContainer } from '../../container/create/index.js';
import { deleteContainer } from '../../container/delete/index.js';
import type { ContainerReference } from '../../container/options.js';
import type { SlotSource } from '../../container/warm/slot.js';
import { cleanUp } from '../../errors/clean_up.js';
import { checkContainerId } from '../../state/id.js';
import { abortedError, keeping } from '../aborting.js';
import { createShape } from '../arguments/shapes.js';
import { noBundle, sourceOf, withRemedy } from '../bundle/source.js';
import { Container } from '../container/container.js';
import { openTerminal, requestedStreams } from '../container/terminal/requested.js';
import type { Terminal } from '../container/terminal/terminal.js';
import type { Fd } from '../../sys/contract.js';
import type { CreateRequest } from '../requests.js';
import { openStdio } from '../stdio.js';
import { warner, type Warn } from '../warn.js';
import { WatchedProcess } from '../watched_process.js';

interface Creation {
  readonly request: CreateRequest;
  readonly root: string;
  readonly allowAnnotations: readonly string[];
  readonly systemdCgroup: boolean;
  readonly warn: Warn;
  readonly cache: ProcessCache;
  /** null if there is no pool. */
  readonly slots: SlotSource | null;
}

/** Creates the requested container as a child of this program. If it fails or is aborted, nothing is left. */
export async function createChild(creation: Creation): Promise<Container> {
  return keeping(creation.request.signal, () => createNow(creation));
}

async function createNow({ request, root, allowAnnotations, systemdCgroup, warn, cache, slots }: Creation): Promise<Container> {
  const { stdio: _, terminal: __, signal, id, preserveFds: ___, listenFds: ____, ...source } = request;
  checkContainerId(id);
  const { bundle, ...rest } = sourceOf({ method: 'create', request: source, shape: createShape });
  if (bundle === undefined) throw noBundle('create');
  const { stdio, ofTerminal } = requestedStreams('create', request);
  const named: ContainerReference = { root, id, records: cache.records };
  const opened = openStdio(stdio, request);
  let watched: WatchedProcess;
  let init: NonNullable<ContainerReference['init']>;
  let master: Fd;
  try {
    const created = await createContainer({
      ...rest,
      bundle,
      ...ofTerminal,
      ...named,
      until: 'created',
      allowAnnotations,
      systemdCgroup,
      streams: opened.streams,
      given: opened.given,
      warn: warner(warn),
      cache,
      ...(slots === null ? {} : { slots }),
    });
    ({ master } = created);
    const { pid, startTime, pidfd } = created;
    watched = new WatchedProcess(pidfd);
    init = { pid, startTime, hasEnded: () => watched.hasEnded() };
  } catch (error) {
    opened.abandon();
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
    throw await cleanUp(error, [() => deleteContainer({ ...named, force: true }), () => watched.exit()]);
  }
  const { stdin, stdout, stderr } = opened;
  return new Container({
    warn,
    reference: { ...named, init },
    pid: init.pid,
    process: watched,
    stdin,
    stdout,
    stderr,
    terminal,
    signal: signal ?? null,
  });
}
