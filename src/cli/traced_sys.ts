import { isSystemError } from '../sys/call.js';
import type { Sys } from '../sys/contract.js';
import type { Log } from './log.js';

/** Called too often to be useful, or by the trace itself. */
const silent: ReadonlySet<string> = new Set(['clock', 'ids', 'environment', 'writeText']);

/**
 * For --debug: the same sys, but each call logs what it acted on, when it started (microseconds since this sys was made, CLOCK_MONOTONIC),
 * how long it took, and how it failed.
 */
export function tracedSys(real: Sys, log: Log): Sys {
  const started = real.clock().monotonic;
  const record = (name: string, argument: unknown, from: number, error?: unknown): void => {
    const subject = subjectOf(argument);
    log.add({
      level: 'debug',
      message: subject === '' ? name : `${name} ${subject}`,
      fields: {
        at: microseconds(from - started),
        took: microseconds(real.clock().monotonic - from),
        ...(error === undefined ? {} : { failed: isSystemError(error) ? error.code : String(error) }),
      },
    });
  };
  // By name, because the functions that QuickJS defines are not enumerable.
  const traced = Object.getOwnPropertyNames(real).map((name) => {
    const call: unknown = real[name as keyof Sys];
    if (typeof call !== 'function' || silent.has(name)) return [name, call];
    const wrapped = (argument: unknown): unknown => {
      const from = real.clock().monotonic;
      try {
        const answer: unknown = call.call(real, argument);
        if (!isThenable(answer)) {
          record(name, argument, from);
          return answer;
        }
        return answer.then(
          (value) => {
            record(name, argument, from);
            return value;
          },
          (error: unknown) => {
            record(name, argument, from, error);
            throw error;
          },
        );
      } catch (error) {
        record(name, argument, from, error);
        throw error;
      }
    };
    return [name, wrapped];
  });
  return Object.fromEntries(traced) as Sys;
}

/** The arguments that tell one call from another, but never contents. */
function subjectOf(argument: unknown): string {
  if (typeof argument !== 'object' || argument === null) return '';
  const told = Object.entries(argument).filter(([name, value]) => tellingNames.has(name) && value !== undefined);
  return told.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(' ');
}

const tellingNames: ReadonlySet<string> = new Set([
  'path',
  'from',
  'to',
  'args',
  'pid',
  'fd',
  'fds',
  'pidfd',
  'socket',
  'cgroup',
  'signal',
  'cloneFlags',
  'timeout',
  'value',
]);

function microseconds(nanoseconds: number): number {
  return Math.round(nanoseconds / 1000);
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
