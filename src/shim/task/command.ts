import { throughDescriptor } from '../../errors/through_descriptor.js';
import { exitOf } from '../../init/reap.js';
import { sys } from '../../sys/call.js';
import type { Fd } from '../../sys/contract.js';
import { code, ServiceError } from '../ttrpc/status.js';
import type { TaskOptions } from './options.js';

export interface Command {
  readonly options: TaskOptions;
  /** The verb and its words. */
  readonly words: readonly string[];
  /** What a restored container gets as its standard streams. */
  readonly streams?: readonly [Fd, Fd, Fd];
}

const O_RDWR = 2;
const logLimit = 1 << 20;

/**
 * Runs a verb of tsrun as a program. Only for checkpoint and restore: CRIU takes longer than a program's start, and what speaks to CRIU
 * would be in the memory of every shim.
 */
export async function runCommand({ options, words, streams }: Command): Promise<void> {
  const nothing = sys().open({ path: '/dev/null', flags: O_RDWR });
  const log = sys().memoryFile({ text: '' });
  try {
    const [stdin, stdout, stderr] = (streams ?? [nothing, nothing, nothing]).map((fd) => (fd < 0 ? nothing : fd)) as [Fd, Fd, Fd];
    const globals = ['--root', options.root, '--log', '/proc/self/fd/3', '--log-format', 'json'];
    const child = sys().runProgram({
      path: '/proc/self/exe',
      args: ['tsrun', ...globals, ...(options.systemdCgroup ? ['--systemd-cgroup'] : []), ...words],
      environment: sys().environment(),
      directory: '/',
      stdin,
      stdout,
      stderr,
      fds: [log],
    });
    const exit = await exitOf(child);
    if (exit?.code !== 0) throw new ServiceError(code.unknown, lastError(log) ?? `tsrun ended with ${exit?.code ?? -1}`);
  } finally {
    for (const fd of [nothing, log]) sys().close({ fd });
  }
}

/** The message of the last failure in a log of JSON records. */
function lastError(log: Fd): string | null {
  const text = throughDescriptor({ fd: log, name: 'log of tsrun' }, (path) => sys().readText({ path, limit: logLimit }));
  const records = text.split('\n').filter((line) => line !== '');
  const last = records
    .map((line) => JSON.parse(line) as { readonly level?: string; readonly msg?: string })
    .filter(({ level }) => level === 'error');
  return last.at(-1)?.msg ?? null;
}
