import { decode, type Message } from '../../protobuf/message.js';
import { sys } from '../../sys/call.js';
import type { Cloned, Fd } from '../../sys/contract.js';
import { checkpointOptions, type checkpointTaskRequest } from '../wire/messages.js';
import { invalidArgument } from '../ttrpc/status.js';
import { runCommand } from './command.js';
import type { TaskOptions } from './options.js';

const known = ['containerd.runc.v1.CheckpointOptions', 'containerd.tsrun.v1.CheckpointOptions'];
const digits = 32;

export interface Checkpoint {
  readonly id: string;
  readonly bundle: string;
  readonly options: TaskOptions;
  readonly asked: Message<typeof checkpointTaskRequest>;
}

/** Where the image of a checkpoint goes. */
export function imageOf({ path, options }: Message<typeof checkpointTaskRequest>): string {
  const image = path || optionsOf(options).image_path;
  if (image === '') throw invalidArgument('the path of the checkpoint is empty');
  return image;
}

/** Saves a container to an image, as containerd's shim for runc does: it keeps running except with `exit`. */
export async function saveTask({ id, bundle, options, asked }: Checkpoint): Promise<void> {
  const given = optionsOf(asked.options);
  const switches = [
    [!given.exit, '--leave-running'],
    [given.open_tcp, '--tcp-established'],
    [given.external_unix_sockets, '--ext-unix-sk'],
    [given.terminal, '--shell-job'],
    [given.file_locks, '--file-locks'],
  ] as const;
  await runCommand({
    options,
    words: [
      'checkpoint',
      ...switches.flatMap(([on, word]) => (on ? [word] : [])),
      ...given.empty_namespaces.flatMap((name) => ['--empty-ns', name]),
      ...(given.cgroups_mode === '' ? [] : ['--manage-cgroups-mode', given.cgroups_mode]),
      ...['--image-path', imageOf(asked), '--work-path', workPath(given.work_path, bundle), '--', id],
    ],
  });
}

/**
 * This process is a subreaper while restores are in progress: the init that a program of ours has restored becomes our child when the
 * program ends. Not longer, because other orphans are not ours to reap.
 */
export class Adoption {
  #count = 0;

  async during<T>(work: () => Promise<T>): Promise<T> {
    if (this.#count === 0) sys().becomeSubreaper();
    this.#count += 1;
    try {
      return await work();
    } finally {
      this.#count -= 1;
      if (this.#count === 0) sys().resignSubreaper();
    }
  }
}

export interface Restoration {
  readonly adoption: Adoption;
  readonly id: string;
  readonly bundle: string;
  readonly options: TaskOptions;
  readonly image: string;
  readonly streams: readonly [Fd, Fd, Fd];
  readonly consoleSocket?: string;
}

/** Restores a container, whose init is our child then. */
export async function restoreTask({ adoption, id, bundle, options, image, streams, consoleSocket }: Restoration): Promise<Cloned> {
  const pidFile = `${bundle}/restored.pid`;
  const words = [
    ...['restore', '--detach', '--bundle', bundle, '--image-path', image, '--work-path', workPath('', bundle), '--pid-file', pidFile],
    ...(options.noPivot ? ['--no-pivot'] : []),
    ...(consoleSocket === undefined ? [] : ['--console-socket', consoleSocket]),
    ...['--', id],
  ];
  await adoption.during(() => runCommand({ options, streams, words }));
  const pid = Number(sys().readText({ path: pidFile, limit: digits }));
  sys().unlink({ path: pidFile });
  return { pid, pidfd: sys().openProcess({ pid }) };
}

/** Where CRIU's log is. */
const workPath = (asked: string, bundle: string): string => asked || `${bundle}/criu`;

function optionsOf(any: { readonly type_url?: string; readonly value?: Uint8Array } | undefined): Message<typeof checkpointOptions> {
  const isKnown = known.includes(any?.type_url?.split('/').pop() ?? '');
  return decode(checkpointOptions, isKnown ? (any?.value ?? new Uint8Array(0)) : new Uint8Array(0));
}
