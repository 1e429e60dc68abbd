import { cleanUp } from '../errors/clean_up.js';
import { sys, isSystemError } from '../sys/call.js';
import type { Cloned, Sys, Fd } from '../sys/contract.js';
import type { Operation } from '../protocol/operations.js';
import { Child } from './child.js';
import { killAndReap } from './reap.js';
import { encodedPlan } from './encoded_plan.js';

type Sockets = Pick<Parameters<Sys['spawn']>[0], 'sockets'>;

/** What tsrun-init is born with. */
export interface Cloning extends Omit<Parameters<Sys['spawn']>[0], 'sockets'> {
  /**
   * Whether to clone on Node.js' own thread: sooner done, since no other thread has to wake up first, but all else waits meanwhile, for most of a millisecond where
   * a network namespace is made.
   */
  readonly here: boolean;
}

/** What has become of a tsrun-init, for the caller to end; where it was not cloned, nothing is left of it. To be asked on every way out. */
export type Spawning = () => Promise<Child>;

/** Begins to clone a tsrun-init that carries out these operations first. On another thread of Node.js this goes on when the function returns. */
export function beginSpawn({ here, ...cloning }: Cloning, operations: readonly Operation[]): Spawning {
  // A sibling has the same socket: who names it is told apart by the kernel (credible.ts).
  const respawns = operations.some(({ op }) => op === 'respawn');
  const sockets = sys().socketPair({ credentials: respawns });
  const socket = sockets[0] as Fd;
  const clone = here ? cloneHere : cloneElsewhere;
  const cloned = clone({ ...cloning, sockets }, operations);
  // Whoever asks hears of a failure, and nobody else.
  cloned.catch(() => undefined);
  return async () => {
    try {
      return new Child({ ...(await cloned), socket, respawns });
    } catch (error) {
      sys().close({ fd: socket });
      throw error;
    }
  };
}

/** Clones a tsrun-init and sends it its plan. */
export function spawn(cloning: Cloning, operations: readonly Operation[]): Promise<Child> {
  return beginSpawn(cloning, operations)();
}

/** Async, so that a failure waits in the promise. */
async function cloneHere(cloning: Omit<Cloning, 'here'> & Sockets, operations: readonly Operation[]): Promise<Cloned> {
  return sys().spawnHere({ ...cloning, plan: encodedPlan(operations) });
}

/** The plan is made and sent while the kernel makes the namespaces. */
async function cloneElsewhere(cloning: Omit<Cloning, 'here'> & Sockets, operations: readonly Operation[]): Promise<Cloned> {
  const cloned = Promise.resolve(sys().spawn(cloning));
  try {
    sendFirstPlan(cloning.sockets[0] as Fd, operations);
  } catch (error) {
    throw await cleanUp(error, [async () => killAndReap(await cloned)]);
  }
  return cloned;
}

/** Where this cannot be sent, tsrun-init has gone away, and its last message says why; or it was never cloned. */
function sendFirstPlan(socket: Fd, operations: readonly Operation[]): void {
  const plan = encodedPlan(operations);
  try {
    sys().sendPlan({ socket, plan });
  } catch (error) {
    if (!isSystemError(error, 'EPIPE', 'ECONNRESET')) throw error;
  }
}
