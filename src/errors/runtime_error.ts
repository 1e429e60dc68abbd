import { clipped } from './clipped.js';

/** Every way in which tsrun fails, as a word that programs can compare. */
export type ErrorCode =
  | 'usage' // the command line, or an argument of the library
  | 'invalid-id'
  | 'id-in-use'
  | 'not-found' // no container with this id
  | 'not-a-container' // something else has the name in the state root
  | 'not-running'
  | 'wrong-state' // start of a running container, delete of a running one, ...
  | 'state-damaged'
  | 'bundle' // the bundle or config.json cannot be read
  | 'invalid-config' // config.json says something that is not allowed
  | 'unsupported' // allowed, but neither this host nor tsrun can do it
  | 'permission'
  | 'controller-missing' // a limit whose cgroup v2 controller is not there
  | 'executable' // the user's program cannot be executed
  | 'hook'
  | 'setup' // an operation of tsrun-init or of the host side failed
  | 'aborted'
  | 'internal';

/** What was being done: the phase in the life of a container. */
export type Phase =
  'command' | 'load' | 'validate' | 'plan' | 'state' | 'cgroup' | 'spawn' | 'setup' | 'hooks' | 'start' | 'exec' | 'signal' | 'delete';

/** What is known of a failure, beside its message. */
export interface ErrorDetails {
  readonly code: ErrorCode;
  readonly phase: Phase;
  /** The operation or the system call, e.g. `mount`, `clone3`. */
  readonly operation?: string;
  /** The path, name or JSON pointer concerned. */
  readonly path?: string;
  /** Such as `EPERM`. */
  readonly errno?: string;
  /** What the reader can do about it: a phrase, lower case, no full stop. */
  readonly hint?: string;
  readonly cause?: unknown;
  /** The exit code of the command where it is not 1 (255 for exec). */
  readonly exitCode?: number;
}

/** The one error type. Its message is lower case without a full stop: verb, quoted object, reason. */
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

  /** What went wrong while cleaning up after this. */
  get suppressed(): readonly RuntimeError[] {
    return this.#suppressed;
  }

  /** @internal */
  suppress(error: RuntimeError): void {
    this.#suppressed.push(error);
  }
}
