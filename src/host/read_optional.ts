import { latin1 } from './latin1.js';
import { sys, isSystemError } from '../sys/call.js';

/** The trimmed text of a file of /proc, /sys or /etc; null if it is missing or not readable for this user. */
export function readOptional(path: string): string | null {
  try {
    return latin1(sys().readBytes({ path, limit: 64 << 20 })).trim();
  } catch (error) {
    if (isSystemError(error)) return null;
    throw error;
  }
}
