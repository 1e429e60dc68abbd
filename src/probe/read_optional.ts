import { latin1 } from '../host/latin1.js';
import { sys, isSystemError } from '../sys/call.js';

/** The text of a file of /proc, /sys or /etc without white space around it; null if it is not there, or not for us. */
export function readOptional(path: string): string | null {
  try {
    return latin1(sys().readBytes({ path, limit: 64 << 20 })).trim();
  } catch (error) {
    if (isSystemError(error)) return null;
    throw error;
  }
}
