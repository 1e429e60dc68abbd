import { interruptedBy } from '../errors/interruption.js';
import { sys } from '../sys/call.js';

/** Throws if a signal arrived that nobody waited for (`deferSignals` of sys). */
export function throwIfInterrupted(): void {
  const signal = sys().deferredSignal();
  if (signal > 0) throw interruptedBy(signal);
}
