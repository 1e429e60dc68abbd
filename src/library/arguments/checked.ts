import { RuntimeError } from '../../errors/runtime_error.js';
import type { Shape } from '../../spec/shapes/shape.js';

export interface Request<T> {
  /** The method that was called, for messages. */
  readonly method: string;
  readonly value: T;
  readonly shape: Shape<unknown>;
}

/**
 * Returns what a caller passed if it has the shape that its type promises, because not every caller compiles against the types. Uses the
 * shapes of config.json, so that both accept the same; null counts as absent.
 * @throws RuntimeError `usage`; nothing has been done yet
 */
export function checked<T>({ method, value, shape }: Request<T>): T {
  // Shapes delete null members, which must not happen to the caller's object.
  const copy: unknown = typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : value;
  const [first] = shape(copy) ?? [];
  if (first === undefined) return copy as T;
  const name = first.pointer.slice(1).replace(/\//g, '.');
  throw new RuntimeError(`${method}: ${name === '' ? 'the argument' : `"${name}"`} must be ${first.expected}, found ${first.found}`, {
    code: 'usage',
    phase: 'command',
    operation: method,
    path: name,
    hint: first.remedy,
  });
}
