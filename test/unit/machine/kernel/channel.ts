import type { InitMessage } from '../../../../src/sys/contract.js';
import type { Handle } from './descriptors.js';

/** A message of tsrun-init, a descriptor, or one with the other. */
export interface Message {
  readonly message?: InitMessage;
  readonly handle?: Handle;
}

/** One end of a stream socket: the received data, and the peer. */
export class End {
  readonly arrived: Message[] = [];
  open = true;
  peer: End | null = null;
  /** Called with each word that arrives, if a process is at this end. */
  listen: ((value: number) => void) | null = null;
  /** Called when the other end is closed. */
  hangUp: (() => void) | null = null;

  /** Whether poll(2) reports data or the end. */
  get readable(): boolean {
    return this.arrived.length > 0 || this.peer?.open !== true;
  }

  close(): void {
    if (!this.open) return;
    this.open = false;
    this.peer?.hangUp?.();
  }
}

export function channel(): readonly [End, End] {
  const [one, other] = [new End(), new End()];
  one.peer = other;
  other.peer = one;
  return [one, other];
}

export const message = (type: number, rest: Partial<InitMessage> = {}): InitMessage => ({
  type,
  operation: 0,
  op: 0,
  step: 0,
  errno: 0,
  value: 0,
  text: '',
  sender: 0,
  fd: -1,
  ...rest,
});
