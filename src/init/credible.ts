import { RuntimeError, type Phase } from '../errors/runtime_error.js';
import type { InitMessage } from '../sys/contract.js';
import { messageType } from '../protocol/numbers/messages.js';
import { mountOption, syncPoint, type Operation } from '../protocol/operations.js';

export interface MessageCheckerOptions {
  /** The operations of the plan; empty if another process made it. */
  readonly operations: readonly Operation[];
  readonly phase: Phase;
  /** The spawned process, which no process of a container sees: only this one may name another in its place. */
  readonly first: number | undefined;
}

/**
 * Checks each message of tsrun-init against its plan. Once tsrun-init is in a pid namespace with other processes, one of them that may
 * trace it can say anything in its name. Therefore the host does its part only at points of the plan, once, in the plan's order, and
 * accepts a process id only from the spawned process, which the kernel identifies as the sender. It also stops listening to one that never
 * stops talking.
 */
export function messageChecker({ operations, phase, first }: MessageCheckerOptions): (message: InitMessage) => void {
  const planned = operations.length > 0;
  // Each operation is reported at most once, and announced with "going on" at most once.
  const most = planned ? 2 * operations.length : mostToStart;
  let count = 0;
  let last = -1;
  return (message) => {
    if (message.type === messageType.failure || message.type === messageType.hookFailed || message.type === messageType.closed) return;
    const operation = operations[message.operation];
    // A "going on" message comes in addition to the other messages about an operation.
    const order = message.type === messageType.going ? message.operation >= last : message.operation > last;
    const due = ++count <= most && order && (planned ? operation !== undefined && fits(message, operation, first) : fitsStart(message));
    if (!due) throw incredible(message, phase);
    if (message.type !== messageType.going) last = message.operation;
  };
}

/** How much tsrun-init may say after the plan: it hands over a seccomp listener, and continues. */
const mostToStart = 16;

function fits(message: InitMessage, operation: Operation, first: number | undefined): boolean {
  switch (message.type) {
    case messageType.sync:
      if (message.value === syncPoint.seccompListener) return operation.op === 'seccomp' && operation.listener === 1;
      if (message.value === syncPoint.mountSource) return operation.op === 'mount' && (operation.options & mountOption.fromHost) !== 0;
      return operation.op === 'sync' && operation.point === message.value;
    case messageType.respawned:
      return operation.op === 'respawn' && first !== undefined && message.sender === first;
    case messageType.going:
      return operation.op === 'seccomp' || operation.op === 'execute';
    case messageType.ready:
      return operation.op === 'ready' || operation.op === 'nextPlan';
    default:
      return false;
  }
}

/** `start` has no plan. All it does for init is to pass on a listener that the configuration asks for. */
function fitsStart(message: InitMessage): boolean {
  return (
    message.type === messageType.ready ||
    message.type === messageType.going ||
    (message.type === messageType.sync && message.value === syncPoint.seccompListener)
  );
}

function incredible(message: InitMessage, phase: Phase): RuntimeError {
  return new RuntimeError(`follow tsrun-init: unexpected message of type ${message.type}`, {
    code: 'setup',
    phase,
    operation: 'tsrun-init',
    hint: 'a process of the container that may trace others (CAP_SYS_PTRACE) may have sent it: do not trust the container',
  });
}
