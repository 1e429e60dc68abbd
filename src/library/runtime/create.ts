import type { ProcessCache } from '../../cache/process.js';
import { createContainer } from '../../container/create/index.js';
import { deleteContainer } from '../../container/delete/index.js';
import type { ContainerReference } from '../../container/options.js';
import type { SlotSource } from '../../container/warm/slot.js';
import { cleanUp } from '../../errors/clean_up.js';
import { checkContainerId } from '../../state/id.js';
import { abortedError, throwIfAborted } from '../aborting.js';
import { checked } from '../arguments/checked.js';
import { createShape } from '../arguments/shapes.js';
import { Container } from '../container/container.js';
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
export async function createChild({ request, root, allowAnnotations, systemdCgroup, warn, cache, slots }: Creation): Promise<Container> {
  const { stdio = 'inherit', signal, id, preserveFds: _, listenFds: __, ...data } = request;
  throwIfAborted(signal);
  checkContainerId(id);
  const rest = checked({ method: 'create', value: data, shape: createShape });
  const named: ContainerReference = { root, id, records: cache.records };
  const opened = openStdio(stdio, request);
  let watched: WatchedProcess;
  let init: NonNullable<ContainerReference['init']>;
  try {
    const { pid, startTime, pidfd } = await createContainer({
      ...rest,
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
    watched = new WatchedProcess(pidfd);
    init = { pid, startTime, hasEnded: () => watched.hasEnded() };
  } catch (error) {
    opened.abandon();
    throw error;
  }
  opened.handOver();
  if (signal?.aborted === true) {
    opened.abandon();
    throw await cleanUp(abortedError(signal), [() => deleteContainer({ ...named, force: true }), () => watched.exit()]);
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
    signal: signal ?? null,
  });
}
