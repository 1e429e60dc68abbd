import { holdCgroup } from '../../cgroup/identity.js';
import { cgroupOf } from '../../container/cgroup_of.js';
import type { ContainerReference } from '../../container/options.js';
import { readRecord } from '../../state/store.js';
import { isSystemError, sys } from '../../sys/call.js';
import type { Fd } from '../../sys/contract.js';
import { urgent } from '../loop/index.js';
import type { Context } from './context.js';

/**
 * Calls back whenever the kernel has killed a process of the container because memory ran out. poll(2) reports a change of `memory.events`
 * as POLLPRI (cgroup-v2.rst). Without the memory controller there is nothing to watch. The returned function ends it.
 */
export function watchMemory(context: Context, reference: ContainerReference, killed: () => void): () => void {
  const identity = cgroupOf(readRecord(reference));
  const held = identity === null ? null : holdCgroup({ identity });
  if (held === null) return () => undefined;
  let watched = open(held.fd);
  if (watched === null) {
    sys().close({ fd: held.fd });
    return () => undefined;
  }
  let unwatch: () => void = () => undefined;
  const stop = (): void => {
    unwatch();
    if (watched !== null) sys().close({ fd: watched.fd });
    watched = null;
  };
  const listen = (): void => {
    if (watched === null) return;
    const { fd, kills } = watched;
    unwatch = context.loop.watch({
      fd,
      events: urgent,
      call: () => {
        stop();
        watched = open(held.fd);
        if (watched !== null && watched.kills > kills) killed();
        listen();
      },
    });
  };
  listen();
  let ended = false;
  return () => {
    if (ended) return;
    ended = true;
    stop();
    sys().close({ fd: held.fd });
  };
}

/** Reading makes poll(2) wait for the next change. null if the cgroup is gone. */
function open(directory: Fd): { readonly fd: Fd; readonly kills: number } | null {
  let fd: Fd = -1;
  try {
    fd = sys().open({ path: 'memory.events', flags: 0, directory });
    const text = sys().readFd({ fd, limit: 4096 });
    return { fd, kills: Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0) };
  } catch (error) {
    if (fd >= 0) sys().close({ fd });
    if (isSystemError(error)) return null;
    throw error;
  }
}
