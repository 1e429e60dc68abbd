import { RuntimeError } from '../../errors/runtime_error.js';
import { show } from '../../spec/problem.js';

/**
 * The members of a request, in a new object: each is read once, before anything waits. So neither a getter nor a later change makes what
 * is used differ from what was checked. null and undefined count as an object without members.
 * @throws RuntimeError `usage` if it is no object, as a flag or a number in place of options, or if a member cannot be read
 */
export function optionsOf<T extends object>(method: string, request: T): T {
  const value = request as unknown;
  if ((typeof value !== 'object' && value !== undefined) || isArray(method, value)) {
    throw refused(method, `must be an object, found ${show(value)}`);
  }
  return read(method, () => ({ ...request }));
}

/**
 * What reads a caller's object, whose getters and traps may throw.
 * @throws RuntimeError `usage`, with what was thrown as its cause
 */
export function read<T>(method: string, reading: () => T): T {
  try {
    return reading();
  } catch (error) {
    if (error instanceof RuntimeError) throw error;
    const reason =
      error instanceof RangeError ? `is ${error.message}` : `cannot be read: ${error instanceof Error ? error.message : typeof error}`;
    throw refused(method, reason, error);
  }
}

/** A revoked Proxy is neither. */
function isArray(method: string, value: unknown): boolean {
  return read(method, () => Array.isArray(value));
}

function refused(method: string, reason: string, cause?: unknown): RuntimeError {
  return new RuntimeError(`${method}: the argument ${reason}`, {
    code: 'usage',
    phase: 'command',
    operation: method,
    hint: 'pass plain data, without an object that contains itself',
    cause,
  });
}
