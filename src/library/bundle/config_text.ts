import { RuntimeError } from '../../errors/runtime_error.js';
import { jsonText } from '../../json/text.js';
import { plainCopy } from '../arguments/plain_copy.js';
import type { Config } from './config/index.js';

/** Texts of configurations that cannot change any more. */
const texts = new WeakMap<object, string>();

/**
 * The text of a configuration that a caller passes as an object. It is made for each call, because the object may have changed, except for
 * those of {@link rememberText}.
 * @throws RuntimeError `usage` if it is not an object, contains itself, or contains something that JSON cannot express
 */
export function configText(method: string, config: unknown): string {
  if (typeof config !== 'object' || config === null) throw wrong(method, 'must be an object, as config.json is');
  const known = texts.get(config);
  if (known !== undefined) return known;
  let copy: unknown;
  try {
    copy = plainCopy(config);
  } catch (error) {
    const reason = error instanceof Error ? error.message : typeof error;
    throw wrong(method, error instanceof RangeError ? `is ${reason}` : `cannot be read: ${reason}`, error);
  }
  if (Array.isArray(copy)) throw wrong(method, 'must be an object, as config.json is');
  const place = notJson(copy, 'config');
  if (place !== undefined) throw wrong(method, `must be plain data, but ${place} is not`);
  return jsonText(copy);
}

/** Whether {@link rememberText} has it: what defineBundle returned. */
export function isDefined(config: object): boolean {
  return texts.has(config);
}

/** Freezes a configuration and remembers its text. */
export function rememberText<T extends Config>(config: T): T {
  texts.set(freeze(config), jsonText(config));
  return config;
}

/** JSON.stringify would silently leave these out, or write null for them. */
function notJson(value: unknown, place: string): string | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'bigint':
      return undefined;
    case 'number':
      return Number.isFinite(value) ? undefined : place;
    case 'object':
      if (value === null) return undefined;
      for (const [name, member] of Object.entries(value)) {
        const found = notJson(member, `${place}.${name}`);
        if (found !== undefined) return found;
      }
      return undefined;
    default:
      return place;
  }
}

function freeze<T extends object>(value: T): T {
  for (const member of Object.values(value) as readonly unknown[]) if (typeof member === 'object' && member !== null) freeze(member);
  return Object.freeze(value);
}

function wrong(method: string, reason: string, cause?: unknown): RuntimeError {
  return new RuntimeError(`${method}: "config" ${reason}`, {
    code: 'usage',
    phase: 'command',
    operation: method,
    path: 'config',
    hint: 'pass what defineBundle returns, or the members of a config.json',
    cause,
  });
}
