import { oomKills } from '../../cgroup/stats/oom.js';
import { containerNotRunning } from '../../errors/catalogue.js';
import { fromSystem } from '../../errors/from_system.js';
import type { RuntimeError } from '../../errors/runtime_error.js';
import { sys, isSystemError } from '../../sys/call.js';
import type { Fd } from '../../sys/contract.js';
import { unlessLost } from '../lost.js';
import type { ContainerReference } from '../options.js';
import { cgroupIsGone } from './no_cgroup.js';
import { openSource, type EventSource } from './source.js';
import { readStats, type ContainerStats } from './stats.js';

/** One event of a container: its statistics, or the kill of one of its processes by the kernel because memory ran out. */
export type ContainerEvent =
  | {
      /** The statistics, at each interval. */
      readonly type: 'stats';
      /** The container's id. */
      readonly id: string;
      /** What the kernel counts. */
      readonly data: ContainerStats;
    }
  | {
      /** The kernel has killed a process of the container because memory was short. */
      readonly type: 'oom';
      /** The container's id. */
      readonly id: string;
    };

export interface EventsOptions extends ContainerReference {
  /** Milliseconds between statistics, above 0. */
  readonly interval: number;
  /** A descriptor that ends the events when it is readable. */
  readonly stop?: Fd;
}

/** The longest wait of poll(2), in milliseconds. */
const longestWait = 2 ** 31 - 1;

/**
 * Events of a created, running or paused container, until its init has ended. Nothing is read before the caller asks for the next event:
 * for a slow caller, statistics are rarer, and kills are only counted.
 * @throws RuntimeError as {@link openSource}; `unsupported` if something else removes the cgroup meanwhile
 */
export async function* eventsOf({ interval, stop, ...reference }: EventsOptions): AsyncGenerator<ContainerEvent, void, undefined> {
  const { id } = reference;
  const stopped = (): RuntimeError => containerNotRunning(id);
  const source = await unlessLost({ container: reference, stopped }, (record) => openSource(reference, record));
  try {
    const { record, held, pidfd, memory } = source;
    // The order matters: an abort is noticed first, and the OOM kill that ended the container is reported before its end.
    const fds = [...(stop === undefined ? [] : [stop]), ...(memory < 0 ? [] : [memory]), pidfd];
    let seen = oomKills(held) ?? 0;
    let next = now() + interval;
    for (;;) {
      const fd = fds[await wait(fds, next)];
      if (fd !== undefined && fd === stop) return;
      if (fd !== undefined) {
        if (fd === memory) drain(memory);
        for (const kills = oomKills(held) ?? seen; seen < kills; seen++) yield { type: 'oom', id };
        if (fd === pidfd) return;
        continue;
      }
      if (now() < next) continue;
      const data = readStats({ reference, record, held });
      if (data === null) {
        if (sys().hasEnded({ pidfd })) return;
        throw cgroupIsGone(held.directory);
      }
      yield { type: 'stats', id, data };
      // What a slow caller has missed is not made up for.
      next = Math.max(next + interval, now());
    }
  } finally {
    source.close();
  }
}

async function wait(fds: readonly Fd[], until: number): Promise<number> {
  try {
    return await sys().whenReadable({ fds, timeout: Math.min(Math.max(Math.ceil(until - now()), 0), longestWait) });
  } catch (error) {
    throw fromSystem(error, { code: 'setup', phase: 'signal', operation: 'wait for events' });
  }
}

/** Takes the notes of inotify, which say no more than that there is something to read. */
function drain(fd: EventSource['memory']): void {
  try {
    sys().readSome({ fd, limit: 4096 });
  } catch (error) {
    if (!isSystemError(error, 'EAGAIN')) throw fromSystem(error, { code: 'setup', phase: 'cgroup', operation: 'read notes of inotify' });
  }
}

/** Milliseconds of CLOCK_MONOTONIC. */
function now(): number {
  return sys().clock().monotonic / 1e6;
}
