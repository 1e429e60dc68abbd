import { RuntimeError } from '../../errors/runtime_error.js';
import { show } from '../../spec/problem.js';
import type { Shape } from '../../spec/shapes/shape.js';
import { read } from './options_of.js';
import { plainCopy } from './plain_copy.js';
import { unknownMember, type UnknownMember } from './unknown_member.js';

export interface Request<T> {
  /** The method that was called, for messages. */
  readonly method: string;
  readonly value: T;
  readonly shape: Shape<unknown>;
  /** What else the request may have, which has been taken out. */
  readonly beside?: readonly string[];
}

/**
 * Returns a copy of what a caller passed if it has the shape that its type promises, because not every caller compiles against the types.
 * Uses the shapes of config.json, so that both accept the same; null and undefined count as absent. Members that no shape has are refused;
 * only config.json may have such ones (config.md, "Extensibility").
 * @throws RuntimeError `usage`; nothing has been done yet
 */
export function checked<T>({ method, value, shape, beside }: Request<T>): T {
  const copy = read(method, () => plainCopy(value));
  const unknown = unknownMember(copy, shape, beside);
  if (unknown !== null) throw refused(method, unknown);
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

function refused(method: string, { name, hint }: UnknownMember): RuntimeError {
  return new RuntimeError(`${method}: unknown member ${show(name)}`, {
    code: 'usage',
    phase: 'command',
    operation: method,
    path: name,
    hint,
  });
}
