import { fromSystem } from '../errors/from_system.js';
import { RuntimeError } from '../errors/runtime_error.js';
import { readRegularFile } from '../host/regular_file.js';
import { sys, isSystemError } from '../sys/call.js';
import type { FileStatus } from '../sys/contract.js';
import { parseSpec, type Document } from '../spec/parse.js';
import type { Spec } from '../spec/types.js';

export interface Bundle {
  /** The bundle's directory. */
  readonly bundle: string;
  /** Read instead of the bundle's config.json (crun's --config); relative to the working directory. */
  readonly configFile?: string;
}

/** The maximum size of a configuration in bytes. The largest known ones have some hundred kilobytes. */
const sizeLimit = 10 * 1024 * 1024;

/**
 * Reads the configuration of a bundle.
 * @throws RuntimeError `bundle` if it cannot be read or is not JSON, `invalid-config` if a value has the wrong type or range.
 */
export function loadSpec(bundle: Bundle): Spec {
  return parseSpec(readConfig(bundle));
}

/** Reads the text of a bundle's configuration. */
export function readConfig({ bundle, configFile }: Bundle): Document {
  const path = configFile ?? `${bundle}/config.json`;
  try {
    const given = { path, limit: sizeLimit };
    // A file that --config names may well be a FIFO: it has a writer.
    return { path, text: configFile === undefined ? readRegularFile(given) : sys().readText(given) };
  } catch (error) {
    throw unreadable({ error, path, bundle, name: configFile ?? 'config.json' });
  }
}

function kindOf(path: string): FileStatus['kind'] | undefined {
  return sys().status({ path, follow: true })?.kind;
}

interface Unreadable {
  readonly error: unknown;
  readonly path: string;
  readonly bundle: string;
  readonly name: string;
}

function unreadable({ error, path, bundle, name }: Unreadable): RuntimeError {
  if (error instanceof RuntimeError) return error;
  const details = { code: 'bundle', phase: 'load', operation: 'read', path, cause: error } as const;
  if (isSystemError(error, 'ENOENT', 'ENOTDIR')) {
    const errno = error.code;
    const kind = kindOf(bundle);
    if (kind === 'directory' || name !== 'config.json') {
      // runc's words, which scripts match.
      return new RuntimeError(`JSON specification file ${name} not found`, {
        ...details,
        errno,
        hint: 'tsrun spec writes one (in a program: runtime.spec() returns one, to pass as config)',
      });
    }
    const reason = kind === undefined ? 'no such file or directory (ENOENT)' : 'not a directory (ENOTDIR)';
    return new RuntimeError(`find bundle "${bundle}": ${reason}`, {
      ...details,
      path: bundle,
      errno,
      hint: 'pass the directory that holds config.json with --bundle (in a program: bundle)',
    });
  }
  if (isSystemError(error, 'EFBIG')) {
    return new RuntimeError(`read "${path}": larger than ${sizeLimit / 1024 / 1024} MiB`, {
      ...details,
      errno: 'EFBIG',
      hint: 'this is not a configuration, or it contains far more than any runtime reads',
    });
  }
  if (isSystemError(error, 'EILSEQ')) {
    return new RuntimeError(`read "${path}": not UTF-8`, {
      ...details,
      errno: 'EILSEQ',
      hint: 'convert the file to UTF-8, which JSON is written in (RFC 8259)',
    });
  }
  return fromSystem(error, { ...details, hint: 'config.json must be a regular file that tsrun may read' });
}
