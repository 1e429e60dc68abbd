import { interruptedBy } from '../errors/interruption.js';
import { door } from '../sys/call.js';

/** Throws where a signal came that nobody waited for (`deferSignals` of the door). */
export function throwIfInterrupted(): void {
  const signal = door().deferredSignal();
  if (signal > 0) throw interruptedBy(signal);
}
