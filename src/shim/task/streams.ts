import { sys } from '../../sys/call.js';
import { openStdio, type Owner } from '../io/stdio.js';
import { Terminal } from '../io/terminal.js';
import { ConsoleSocket } from './console.js';
import type { Context } from './context.js';
import type { TaskProcess } from './process.js';

export interface StreamsOf {
  readonly context: Context;
  /** The container. */
  readonly id: string;
  readonly bundle: string;
  readonly process: TaskProcess;
  readonly ioOwner: Owner | null;
}

/** Opens the streams that containerd requested for a process. */
export async function openStreams({
  context: { loop, namespace },
  id,
  process,
  ioOwner,
}: StreamsOf): Promise<NonNullable<TaskProcess['stdio']>> {
  const stdio = (process.stdio = await openStdio({ loop, namespace, id, paths: process.paths, owner: ioOwner }));
  if (process.inputClosed) stdio.closeStdin();
  return stdio;
}

/** Does the work with a console socket if the process has a terminal, which the process then gets. */
export async function withConsole<T>(
  { context, bundle, process, name }: StreamsOf & { readonly name: string },
  work: (options: { readonly consoleSocket?: string }) => Promise<T>,
): Promise<T> {
  if (!process.paths.terminal) return work({});
  const socket = new ConsoleSocket(`${bundle}/${consoleName(name)}.sock`);
  try {
    const done = await work({ consoleSocket: socket.path });
    const { input = -1, output = -1 } = process.stdio ?? {};
    process.terminal = new Terminal({ loop: context.loop, master: socket.take(), input, output });
    return done;
  } finally {
    socket.close();
  }
}

/** An exec's id may have any characters and any length. */
function consoleName(name: string): string {
  return `tty-${sys().digest({ text: name }).slice(0, 16)}`;
}
