import type { ContainerReference } from '../../container/options.js';
import { readRecord } from '../../state/store.js';
import { isSystemError, sys } from '../../sys/call.js';
import type { Fd } from '../../sys/contract.js';
import { urgent } from '../loop/index.js';
import type { Context } from './context.js';

/**
 * Calls back whenever the kernel has killed a process of the container for want of memory. poll(2) reports a change of `memory.events` as
 * POLLPRI (cgroup-v2.rst). Without the memory controller there is nothing to watch. The returned function ends it.
 */
export function watchMemory(context: Context, reference: ContainerReference, killed: () => void): () => void {
  const { cgroup } = readRecord(reference);
  if (cgroup === null) return () => undefined;
  const path = `${cgroup}/memory.events`;
  let watched = open(path);
  if (watched === null) return () => undefined;
  let unwatch: () => void = () => undefined;
  const end = (): void => {
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
        end();
        watched = open(path);
        if (watched !== null && watched.kills > kills) killed();
        listen();
      },
    });
  };
  listen();
  return end;
}

/** Reading makes poll(2) wait for the next change. null if the cgroup is gone. */
function open(path: string): { readonly fd: Fd; readonly kills: number } | null {
  let fd: Fd = -1;
  try {
    fd = sys().open({ path, flags: 0 });
    const text = sys().readFd({ fd, limit: 4096 });
    return { fd, kills: Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0) };
  } catch (error) {
    if (fd >= 0) sys().close({ fd });
    if (isSystemError(error)) return null;
    throw error;
  }
}
