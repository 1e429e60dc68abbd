import { fromSystem } from '../../errors/from_system.js';
import { RuntimeError } from '../../errors/runtime_error.js';
import { openDescriptors } from '../../init/descriptors.js';
import { encodedPlan } from '../../init/encoded_plan.js';
import { openStreams } from '../../init/streams.js';
import type { Operation } from '../../protocol/operations.js';
import { sys } from '../../sys/call.js';
import { makeResctrl } from '../resctrl.js';
import type { Offer } from '../warm/slot.js';
import type { Console } from './console.js';
import type { Creation } from './creation.js';
import { bringUp } from './host_part/index.js';
import { makeNotifyDirectory } from './notify.js';
import { takeCgroup } from './place.js';

/**
 * Makes a container from a warm slot; returns the operations that remained for its tsrun-init. Nothing here awaits before the slot is
 * taken, because an offer is valid for one turn of the event loop.
 */
export async function createWarm(creation: Creation, offer: Offer, console: Console | null): Promise<readonly Operation[]> {
  const { request, input } = creation;
  const { plan, rest } = offer;
  creation.reserve();
  creation.bornAs(offer.take());
  if (request.notifySocket !== undefined) makeNotifyDirectory(creation.store);
  takeCgroup(creation, offer);
  offer.adaptCgroup();
  const resctrl = makeResctrl({ store: creation.store, spec: input.spec, host: input.host });
  sendRest(creation, offer, console);
  creation.closeHanded();
  const silence = { milliseconds: timeoutMs, check: () => refuseUnheard(creation) };
  await bringUp({ creation, plan, operations: rest, resctrl, silence });
  return rest;
}

/** What the slot needs to become the container. */
function sendRest({ request, store, init: { socket }, handed }: Creation, { plan, rest }: Offer, console: Console | null): void {
  const fds = openDescriptors(plan, { container: store, console: console?.giver ?? -1, process: -1 }, handed);
  const stdio = openStreams(request.streams, handed);
  try {
    sys().sendPlan({ socket, plan: encodedPlan(rest), fds, stdio });
  } catch (error) {
    throw fromSystem(error, { code: 'setup', phase: 'spawn', operation: 'send plan', path: request.id });
  }
}

/** Milliseconds within which a slot must read what it was sent. */
const timeoutMs = 5_000;

/** A stopped or frozen slot does not even read its plan. One that has read it may take its time, for example for a hook. */
function refuseUnheard({ init: { socket } }: Creation): void {
  if (!sys().hasUnread({ socket })) return;
  throw new RuntimeError('create container: its warm slot does not respond', {
    code: 'setup',
    phase: 'setup',
    operation: 'tsrun-init',
    hint: "something stopped or froze the slot's process (SIGSTOP, cgroup.freeze, a debugger)",
  });
}
