import { door, isSystemError } from '../native/call.js';
import type { Cloned, Door, Fd, Spawned } from '../native/contract.js';
import type { Operation } from '../plan/operations.js';
import { bury } from './bury.js';
import { encodedPlan } from './encoded_plan.js';

/** What tsrun-init is born with. */
export type Cloning = Omit<Parameters<Door['spawn']>[0], 'sockets'>;

/** A tsrun-init that is being cloned. */
export interface Spawning {
  /** Sends it the plan that it begins with; once. */
  send(operations: readonly Operation[]): void;
  /** What it has become, for the caller to {@link bury}. To be asked for on every way out; where it was not cloned, nothing is left of it after this. */
  finish(): Promise<Spawned>;
}

/**
 * Begins to clone a tsrun-init. On Node.js the kernel makes the namespaces, most of a millisecond's work, on another thread: its plan is made and sent meanwhile.
 */
export function beginSpawn(cloning: Cloning): Spawning {
  const sockets = door().socketPair();
  const socket = sockets[0] as Fd;
  const cloned = clone({ ...cloning, sockets });
  return {
    send: (operations) => sendFirstPlan(socket, operations),
    async finish() {
      try {
        const { pid, pidfd } = await cloned;
        return { pid, pidfd, socket };
      } catch (error) {
        door().close({ fd: socket });
        throw error;
      }
    },
  };
}

/** Clones a tsrun-init and sends it its plan. */
export async function spawn(cloning: Cloning, operations: readonly Operation[]): Promise<Spawned> {
  const spawning = beginSpawn(cloning);
  try {
    spawning.send(operations);
  } catch (error) {
    await bury(await spawning.finish());
    throw error;
  }
  return spawning.finish();
}

/** Async, so that a failure waits in the promise on QuickJS, too. */
async function clone(cloning: Parameters<Door['spawn']>[0]): Promise<Cloned> {
  return door().spawn(cloning);
}

/** Where this cannot be sent, tsrun-init has gone away, and its last message says why; or it was never cloned. */
function sendFirstPlan(socket: Fd, operations: readonly Operation[]): void {
  const plan = encodedPlan(operations);
  try {
    door().sendPlan({ socket, plan });
  } catch (error) {
    if (!isSystemError(error, 'EPIPE', 'ECONNRESET')) throw error;
  }
}
