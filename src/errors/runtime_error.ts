import { clipped } from './clipped.js';
import type { ReachedLimit } from './reached_limit.js';

/** The kind of failure, for programs to compare. docs/errors.md says what each one means. */
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
  | 'timeout' // a program ran for longer than the library was told
  | 'output-limit' // or wrote more
  | 'internal';

/** What tsrun was doing: the phase in the life of a container. */
export type Phase =
  | 'command'
  | 'load'
  | 'validate'
  | 'plan'
  | 'state'
  | 'cgroup'
  | 'spawn'
  | 'setup'
  | 'hooks'
  | 'start'
  | 'exec'
  | 'signal'
  | 'delete'
  | 'checkpoint'
  | 'restore';

/** What a program had written until it was killed. */
export interface ProgramOutput {
  /** The standard output, as text or as bytes. */
  readonly stdout: string | Uint8Array;
  /** The standard error. */
  readonly stderr: string | Uint8Array;
}

/** What is known about a failure besides its message. */
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
  readonly output?: ProgramOutput;
  readonly reachedLimits?: readonly ReachedLimit[];
}

/**
 * Every failure of tsrun. The message names the verb, the quoted object and the reason, in lower case without a full stop. Compare `code`
 * and `errno`, not messages: docs/errors.md lists
 * the codes and the few messages that never change.
 *
 * @example
 * ```ts
 * import { Runtime, RuntimeError } from '@tsrun/runtime';
 *
 * const runtime = new Runtime();
 * try {
 *   runtime.get('absent');
 * } catch (error) {
 *   if (!(error instanceof RuntimeError)) throw error;
 *   console.log(`${error.code}: ${error.message}`); // prints not-found: container does not exist
 * }
 * ```
 */
export class RuntimeError extends Error {
  /** Always `RuntimeError`. */
  override readonly name = 'RuntimeError';
  /** The kind of failure. */
  readonly code: ErrorCode;
  /** What tsrun was doing. */
  readonly phase: Phase;
  /** The operation or system call that failed, such as `mount` or `clone3`. */
  readonly operation: string | undefined;
  /** The path, name or JSON pointer concerned. */
  readonly path: string | undefined;
  /** The kernel's error, such as `EPERM`. */
  readonly errno: string | undefined;
  /** What to do about it: a phrase in lower case. */
  readonly hint: string | undefined;
  /** The exit code of the command, if it is not 1. */
  readonly exitCode: number | undefined;
  /** What the program had written, for the codes `timeout` and `output-limit`. */
  readonly output: ProgramOutput | undefined;
  /** Which limits the program had reached, for the codes `timeout` and `output-limit`. */
  readonly reachedLimits: readonly ReachedLimit[] | undefined;
  /** The original error, if there is one. */
  override readonly cause: unknown;
  readonly #suppressed: RuntimeError[] = [];

  /** @internal */
  constructor(message: string, details: ErrorDetails) {
    super(clipped(message));
    this.code = details.code;
    this.phase = details.phase;
    this.operation = details.operation;
    this.path = details.path === undefined ? undefined : clipped(details.path);
    this.errno = details.errno;
    this.hint = details.hint === undefined ? undefined : clipped(details.hint);
    this.exitCode = details.exitCode;
    this.output = details.output;
    this.reachedLimits = details.reachedLimits;
    this.cause = details.cause;
  }

  /** Errors that happened while cleaning up after this one. */
  get suppressed(): readonly RuntimeError[] {
    return this.#suppressed;
  }

  /** @internal */
  suppress(error: RuntimeError): void {
    this.#suppressed.push(error);
  }
}
