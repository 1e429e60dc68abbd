import { sys } from '../sys/call.js';

/** The current time in RFC 3339 with nanoseconds, UTC: the form of Go's time.RFC3339Nano, which engines parse. */
export function timestamp(): string {
  const { realtime, nanoseconds } = sys().clock();
  const iso = new Date(realtime).toISOString();
  return `${iso.slice(0, -1)}${String(nanoseconds).padStart(6, '0')}Z`;
}
