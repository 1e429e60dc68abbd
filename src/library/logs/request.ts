import { integer, objectOf, required, text } from '../../spec/shapes/shape.js';
import { checked } from '../arguments/checked.js';

/** The file that the output of a process is kept in. */
export interface LogsRequest {
  /**
   * The file, relative to the working directory. It is created with the mode 0600, or continued if it is a regular file of this user.
   * Older ones are next to it: `path.1` is the newest of them.
   */
  readonly path: string;
  /** How many bytes a file has at most: 65,536 or more. Default: 10 MiB. */
  readonly maxSize?: number;
  /** How many files there are at most, the current one included: 1 to 1000. Default: 5. */
  readonly maxFiles?: number;
}

const logsShape = objectOf<LogsRequest>({
  path: required(text),
  maxSize: integer(65_536, Number.MAX_SAFE_INTEGER),
  maxFiles: integer(1, 1000),
});

/**
 * Fills in the defaults.
 * @throws RuntimeError `usage`
 */
export function checkedLogs(value: LogsRequest): Required<LogsRequest> {
  return { maxSize: 10 << 20, maxFiles: 5, ...checked({ method: 'logs', value, shape: logsShape }) };
}
