import { clipped } from './clipped.js';

/** The kinds of failure, as words that programs can compare. */
export type ErrorCode =
  | 'usage' // the command line, or an argument of the library
  | 'invalid-id'
  | 'id-in-use'
  | 'not-found' // no container with this id
  | 'not-a-container' // something that is not a container has the name in the state root
  | 'not-running'
  | 'wrong-state' // start of a running container, delete of a running one, ...
  | 'state-damaged'
  | 'bundle' // the bundle or config.json cannot be read
  | 'invalid-config' // config.json contains something that is not allowed
  | 'unsupported' // allowed, but this host or tsrun does not support it
  | 'permission'
  | 'controller-missing' // a limit whose cgroup v2 controller is not available
  | 'executable' // the user's program cannot be executed
  | 'hook'
  | 'setup' // an operation of tsrun-init or on the host failed
  | 'aborted'
  | 'internal';

/** The phase in the container's life in which the failure happened. */
export type Phase =
  'command' | 'load' | 'validate' | 'plan' | 'state' | 'cgroup' | 'spawn' | 'setup' | 'hooks' | 'start' | 'exec' | 'signal' | 'delete';

/** What is known about a failure, in addition to its message. */
export interface ErrorDetails {
  readonly code: ErrorCode;
  readonly phase: Phase;
  /** The operation or the system call, e.g. `mount`, `clone3`. */
  readonly operation?: string;
  /** The path, name or JSON pointer that the failure is about. */
  readonly path?: string;
  /** Such as `EPERM`. */
  readonly errno?: string;
  /** What the reader can do about it: a lower-case phrase without a full stop. */
  readonly hint?: string;
  readonly cause?: unknown;
  /** The command's exit code if it is neither 1 nor, for exec, 255. */
  readonly exitCode?: number;
}

/** The only error type. Its message is lower case without a full stop: verb, quoted object, reason. */
export class RuntimeError extends Error {
  override readonly name = 'RuntimeError';
  readonly code: ErrorCode;
  readonly phase: Phase;
  readonly operation: string | undefined;
  readonly path: string | undefined;
  readonly errno: string | undefined;
  readonly hint: string | undefined;
  readonly exitCode: number | undefined;
  override readonly cause: unknown;
  readonly #suppressed: RuntimeError[] = [];

  constructor(message: string, details: ErrorDetails) {
    super(clipped(message));
    this.code = details.code;
    this.phase = details.phase;
    this.operation = details.operation;
    this.path = details.path === undefined ? undefined : clipped(details.path);
    this.errno = details.errno;
    this.hint = details.hint === undefined ? undefined : clipped(details.hint);
    this.exitCode = details.exitCode;
    this.cause = details.cause;
  }

  /** Failures of the cleanup that followed this failure. */
  get suppressed(): readonly RuntimeError[] {
    return this.#suppressed;
  }

  /** @internal */
  suppress(error: RuntimeError): void {
    this.#suppressed.push(error);
  }
}
