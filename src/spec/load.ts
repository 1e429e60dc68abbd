import { fromSystem } from '../errors/from_system.js';
import { RuntimeError } from '../errors/runtime-error.js';
import { door, isSystemError } from '../native/call.js';
import { parseSpec, type Document } from './parse.js';
import type { Spec } from './types.js';

export interface Bundle {
  /** The bundle's directory. */
  readonly bundle: string;
  /** Read instead of the bundle's config.json (crun's --config); relative to the working directory. */
  readonly configFile?: string;
}

/** The size of the largest configuration that is read, in bytes; the largest known ones have some hundred kilobytes. */
const sizeLimit = 10 * 1024 * 1024;

/**
 * Reads the configuration of a bundle.
 * @throws RuntimeError `bundle` where it cannot be read or is no JSON, `invalid-config` where a value has the wrong type or range.
 */
export function loadSpec(bundle: Bundle): Spec {
  return parseSpec(readConfig(bundle));
}

/** The text of a bundle's configuration. */
export function readConfig({ bundle, configFile }: Bundle): Document {
  const path = configFile ?? `${bundle}/config.json`;
  try {
    return { path, text: door().readText({ path, limit: sizeLimit }) };
  } catch (error) {
    throw unreadable({ error, path, bundle, name: configFile ?? 'config.json' });
  }
}

interface Unreadable {
  readonly error: unknown;
  readonly path: string;
  readonly bundle: string;
  readonly name: string;
}

function unreadable({ error, path, bundle, name }: Unreadable): RuntimeError {
  const details = { code: 'bundle', phase: 'load', operation: 'read', path, cause: error } as const;
  if (isSystemError(error, 'ENOENT', 'ENOTDIR')) {
    const errno = error.code;
    const kind = door().status({ path: bundle, follow: true })?.kind;
    if (kind === 'directory' || name !== 'config.json') {
      // runc's words, which scripts match.
      return new RuntimeError(`JSON specification file ${name} not found`, { ...details, errno, hint: 'tsrun spec writes one' });
    }
    const reason = kind === undefined ? 'no such file or directory (ENOENT)' : 'not a directory (ENOTDIR)';
    return new RuntimeError(`find bundle "${bundle}": ${reason}`, { ...details, path: bundle, errno, hint: 'pass the directory that holds config.json with --bundle' });
  }
  if (isSystemError(error, 'EFBIG')) {
    return new RuntimeError(`read "${path}": larger than ${sizeLimit / 1024 / 1024} MiB`, { ...details, errno: 'EFBIG' });
  }
  if (isSystemError(error, 'EILSEQ')) {
    return new RuntimeError(`read "${path}": not UTF-8`, { ...details, errno: 'EILSEQ', hint: 'convert the file to UTF-8, which JSON is written in (RFC 8259)' });
  }
  return fromSystem(error, details);
}
