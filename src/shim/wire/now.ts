import type { Partially } from '../../protobuf/message.js';
import { sys } from '../../sys/call.js';
import type { timestamp } from './messages.js';

/** The time as a Timestamp. */
export function now(): Partially<typeof timestamp> {
  const { realtime, nanoseconds } = sys().clock();
  return { seconds: Math.floor(realtime / 1000), nanos: (Math.floor(realtime) % 1000) * 1_000_000 + nanoseconds };
}
