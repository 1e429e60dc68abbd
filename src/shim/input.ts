import { sys } from '../sys/call.js';
import { RuntimeError } from '../errors/runtime_error.js';

const pieceSize = 64 << 10;

/** Reads standard input to its end. */
export function readInput(limit: number): Uint8Array {
  const parts: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const part = sys().readSome({ fd: 0, limit: pieceSize });
    if (part.length === 0) break;
    size += part.length;
    if (size > limit) throw new RuntimeError(`read standard input: more than ${limit} bytes`, { code: 'usage', phase: 'command' });
    parts.push(part);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
