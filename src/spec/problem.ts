/** One thing that is wrong or doubtful in a bundle. */
export interface Problem {
  /** JSON pointer (RFC 6901) into config.json; empty for the whole document. */
  readonly pointer: string;
  /** A phrase that follows "must be". */
  readonly expected: string;
  /** A phrase that follows "found". */
  readonly found: string;
  /** What the reader can do: a lower-case phrase without a full stop. */
  readonly remedy: string;
  /** A warning does not prevent the creation of a container. */
  readonly severity: 'error' | 'warning';
  /** runc's words for it, if there are any. They replace "must be ..." in messages, because scripts match them. */
  readonly words?: string;
}

type Details = Omit<Problem, 'severity'>;

export function problem(details: Details): Problem {
  return { ...details, severity: 'error' };
}

export function warning(details: Details): Problem {
  return { ...details, severity: 'warning' };
}

/** Shared by all checks that find nothing, because nearly all do. */
export const noProblems: readonly Problem[] = [];

/** One reference token of a JSON pointer, with the slash before it (RFC 6901, section 3). */
export function token(key: string | number): string {
  if (typeof key === 'number') return `/${key}`;
  return `/${key.includes('~') || key.includes('/') ? key.replace(/~/g, '~0').replace(/\//g, '~1') : key}`;
}

/** A value as messages show it: short and on one line. */
export function show(value: unknown): string {
  try {
    return shown(value);
  } catch {
    // A Proxy that a program passes may throw whatever is asked of it.
    return 'an object';
  }
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value === 'function') return 'a function';
  // A number as written (json/fractions.ts).
  if (typeof value === 'symbol') return clip(value.description ?? '');
  // JSON.stringify turns Infinity into "null"; JSON.parse turns a number beyond 2^1024 into Infinity.
  return clip(typeof value === 'bigint' || typeof value === 'number' ? String(value) : JSON.stringify(value));
}

function clip(text: string): string {
  return text.length > longest ? `${text.slice(0, longest)}...` : text;
}

const longest = 80;
