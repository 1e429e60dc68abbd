import { RuntimeError, type ErrorDetails } from '../errors/runtime_error.js';
import { isSystemError, sys } from '../sys/call.js';

/**
 * Reads a file of a bundle. The bundle's author may have put a FIFO there; opening it would block until somebody writes to it.
 * @throws RuntimeError `bundle` for what is neither a regular file nor a directory
 * @throws SystemError for everything else, as readText
 */
export function readRegularFile(given: { readonly path: string; readonly limit: number }): string {
  try {
    return sys().readText({ ...given, regular: true });
  } catch (error) {
    throw isSystemError(error, 'EINVAL', 'ENXIO') ? (notRegular(given.path, error) ?? error) : error;
  }
}

function notRegular(path: string, cause: unknown): RuntimeError | null {
  const kind = sys().status({ path, follow: true })?.kind;
  // Somebody has replaced it, or the file system does not support reading.
  if (kind === undefined || kind === 'file') return null;
  const hint = 'put a regular file there';
  const details: ErrorDetails = { code: 'bundle', phase: 'load', operation: 'read', path, hint, cause };
  return new RuntimeError(`read "${path}": must be a regular file, found a ${kind}`, details);
}
