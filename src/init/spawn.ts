import { cleanUp } from '../errors/clean_up.js';
import { sys, isSystemError } from '../sys/call.js';
import type { Cloned, Sys, Fd } from '../sys/contract.js';
import type { Operation } from '../protocol/operations.js';
import { Child } from './child.js';
import { killAndReap } from './reap.js';
import { encodedPlan } from './encoded_plan.js';

type Sockets = Pick<Parameters<Sys['spawn']>[0], 'sockets'>;

/** What tsrun-init gets when it is cloned. */
export interface Cloning extends Omit<Parameters<Sys['spawn']>[0], 'sockets'> {
  /**
   * Whether to clone on the main thread of Node.js. That is faster because no other thread has to wake up first, but it blocks everything
   * else for up to a millisecond if a network namespace is created.
   */
  readonly here: boolean;
}

/** The state of a tsrun-init, for the caller to end. If it was not cloned, nothing is left of it. Ask for it on every way out. */
export type Spawning = () => Promise<Child>;

/**
 * Starts to clone a tsrun-init that first carries out these operations. On Node.js another thread may still be cloning when the function
 * returns.
 */
export function beginSpawn({ here, ...cloning }: Cloning, operations: readonly Operation[]): Spawning {
  // A sibling has the same socket; the kernel says which of the two sent a message (credible.ts).
  const respawns = operations.some(({ op }) => op === 'respawn');
  const sockets = sys().socketPair({ credentials: respawns });
  const socket = sockets[0] as Fd;
  const clone = here ? cloneHere : cloneElsewhere;
  const cloned = clone({ ...cloning, sockets }, operations);
  // A failure is reported to those who await the result.
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

/** Clones a tsrun-init that waits for its plan, which {@link sendFirstPlan} sends. It runs nothing of the user's until then. */
export async function spawnWaiting(cloning: Omit<Cloning, 'here'>, operations: readonly Operation[]): Promise<Child> {
  const respawns = operations.some(({ op }) => op === 'respawn');
  const sockets = sys().socketPair({ credentials: respawns });
  const socket = sockets[0] as Fd;
  try {
    return new Child({ ...(await sys().spawn({ ...cloning, sockets })), socket, respawns });
  } catch (error) {
    sys().close({ fd: socket });
    throw error;
  }
}

/** Async, so that a failure becomes a rejected promise. */
async function cloneHere(cloning: Omit<Cloning, 'here'> & Sockets, operations: readonly Operation[]): Promise<Cloned> {
  return sys().spawnHere({ ...cloning, plan: encodedPlan(operations) });
}

/** Builds and sends the plan while the kernel creates the namespaces. */
async function cloneElsewhere(cloning: Omit<Cloning, 'here'> & Sockets, operations: readonly Operation[]): Promise<Cloned> {
  const cloned = Promise.resolve(sys().spawn(cloning));
  try {
    sendFirstPlan(cloning.sockets[0] as Fd, operations);
  } catch (error) {
    throw await cleanUp(error, [async () => killAndReap(await cloned)]);
  }
  return cloned;
}

/** If sending fails, tsrun-init is gone and its last message says why, or it was never cloned. */
export function sendFirstPlan(socket: Fd, operations: readonly Operation[]): void {
  const plan = encodedPlan(operations);
  try {
    sys().sendPlan({ socket, plan });
  } catch (error) {
    if (!isSystemError(error, 'EPIPE', 'ECONNRESET')) throw error;
  }
}
