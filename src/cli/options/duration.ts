import { usageError } from './usage_error.js';

const milliseconds: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, μs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Go's largest duration is 2^63 - 1 nanoseconds. */
const longest = 2 ** 63 / 1e6;

/** A duration as Go's flag package reads it (time.ParseDuration), such as 1m30s or 0.5s, in milliseconds. */
export function parseDuration(name: string, text: string): number {
  const [, sign = '', body = ''] = /^([-+]?)(.*)$/s.exec(text) ?? [];
  const parts = body.length > 100 ? [] : [...body.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g)];
  const whole = parts.map(([part]) => part).join('') === body && body !== '';
  const sum = parts.reduce((total, [, number, unit = '']) => total + Number(number) * (milliseconds[unit] ?? 0), 0);
  if ((!whole && body !== '0') || sum >= longest)
    throw usageError(
      `invalid value ${JSON.stringify(text)} for flag -${name}: parse error`,
      'pass a number and its unit, such as 500ms, 5s or 1m',
    );
  return sign === '-' ? -sum : sum;
}
