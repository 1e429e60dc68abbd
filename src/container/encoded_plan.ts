import { door } from '../native/call.js';
import { encodePlan } from '../plan/encode.js';
import type { Operation } from '../plan/operations.js';

/** Operations as tsrun-init reads them. */
export function encodedPlan(operations: readonly Operation[]): Uint8Array {
  return encodePlan(operations, (text) => door().encodeText({ text }));
}
