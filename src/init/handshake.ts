import { fromInit } from './failures/index.js';
import type { Phase } from '../errors/runtime_error.js';
import { sys, isSystemError } from '../sys/call.js';
import type { Fd, InitMessage } from '../sys/contract.js';
import { unknownOperation } from '../protocol/unknown_operation.js';
import { syncPoint, type Operation } from '../protocol/operations.js';
import { messageType } from '../protocol/numbers/messages.js';
import { messageChecker } from './credible.js';

export interface Handshake {
  readonly socket: Fd;
  /** The operations of the plan; empty if another process made it. */
  readonly operations: readonly Operation[];
  readonly phase: Phase;
  /** Work of the host at a sync point (`syncPoint` in protocol/operations.ts). tsrun-init continues when it is done. */
  readonly onSync: (message: InitMessage) => Promise<void> | void;
  /** Set if the plan has mounts from the host. Returns the detached mount to send at the point `mountSource`; it is closed afterwards. */
  readonly onMountSource?: (message: InitMessage) => Fd;
  /** Set if the plan has a `respawn`. */
  readonly succession?: {
    /** The spawned process. */
    readonly first: number;
    /** From now on the container's process is this one, a sibling of the first. It continues without waiting for the returned work. */
    readonly onRespawned: (pid: number) => () => Promise<void>;
  };
  /** Receives the message with which tsrun-init says that it is ready. */
  readonly onReady?: (message: InitMessage) => void;
  /** Whether to accept a descriptor that comes with a message. */
  readonly descriptor?: true;
  /** Set if processes of the container may get hold of the socket: what is sent must not lead to this process (`reply` of sys). */
  readonly passing?: boolean;
  /** The pidfd of the followed process. Set if others may hold its end of the socket after it died. */
  readonly process?: () => Fd;
  /** Called again and again while nothing is received for this long. Throws, or the wait continues. */
  readonly silence?: { readonly milliseconds: number; readonly check: () => void };
}

/**
 * Tells apart the "going on" message followed by the end of the stream, and the end of the stream or of the process without that message.
 */
export type End = 'ready' | 'running' | 'died';

/** How many milliseconds the last messages of a dead process may take to arrive. */
const lastWords = 50;

/**
 * Follows tsrun-init until it is ready to be started, until the user's program runs, or until the process dies, which must not be taken for
 * success. Throws a failure that tsrun-init reports.
 */
export async function follow(handshake: Handshake): Promise<End> {
  const { operations, phase, succession } = handshake;
  const believe = messageChecker({ operations, phase, first: succession?.first });
  let going = false;
  for (;;) {
    const message = await nextMessage(handshake);
    if (message === null) return going ? 'running' : 'died';
    believe(message);
    switch (message.type) {
      case messageType.closed:
        return going ? 'running' : 'died';
      case messageType.going:
        going = true;
        break;
      case messageType.ready:
        handshake.onReady?.(message);
        return 'ready';
      case messageType.sync:
        await serve(handshake, message);
        break;
      case messageType.respawned:
        await handOver(handshake, message.value);
        break;
      case messageType.failure:
      case messageType.hookFailed:
        throw fromInit({ message, operation: operations[message.operation] ?? unknownOperation(message.op), phase });
    }
  }
}

/** Null if the process is dead and sent nothing more. */
async function nextMessage({ socket, silence, descriptor, process }: Handshake): Promise<InitMessage | null> {
  const receive = (): InitMessage => sys().receive({ socket, descriptor: descriptor === true });
  for (;;) {
    const fds = process === undefined ? [socket] : [socket, process()];
    const readable = await sys().whenReadable({ fds, timeout: silence?.milliseconds ?? -1 });
    if (readable === 0) return receive();
    if (readable > 0) return (await sys().whenReadable({ fds: [socket], timeout: lastWords })) === 0 ? receive() : null;
    silence?.check();
  }
}

/** Does the host's part at a sync point. */
async function serve({ socket, onSync, onMountSource, passing }: Handshake, message: InitMessage): Promise<void> {
  if (message.value !== syncPoint.mountSource || onMountSource === undefined) {
    await onSync(message);
    goOn(socket, { passing });
    return;
  }
  const fd = onMountSource(message);
  try {
    goOn(socket, { fd });
  } finally {
    sys().close({ fd });
  }
}

/** Four zeros, like those of {@link Sys.reply}. */
const yes = '\0\0\0\0';

async function handOver({ socket, succession }: Handshake, pid: number): Promise<void> {
  const rest = succession?.onRespawned(pid);
  goOn(socket, { passing: true });
  await rest?.();
}

/** If the process has died meanwhile, the end of the stream says so, after its messages. */
export function goOn(socket: Fd, { fd, passing }: { readonly fd?: Fd; readonly passing?: boolean | undefined } = {}): void {
  try {
    if (fd === undefined) sys().reply({ socket, value: 0, passing: passing === true });
    else sys().sendFd({ socket, fd, data: yes });
  } catch (error) {
    if (!isSystemError(error, 'EPIPE', 'ECONNRESET')) throw error;
  }
}
