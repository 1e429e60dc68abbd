import { sys } from '../sys/call.js';
import { encodePlan } from '../protocol/encode.js';
import type { Operation } from '../protocol/operations.js';

/** Operations as tsrun-init reads them. */
export function encodedPlan(operations: readonly Operation[]): Uint8Array {
  return encodePlan(operations, (text) => sys().encodeText({ text }));
}
