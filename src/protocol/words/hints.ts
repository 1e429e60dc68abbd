import { step } from '../numbers/steps.js';
import type { Definition, FailedAt, Fields, Hints } from '../operations/definition.js';
import { operations, type Operation } from '../operations.js';

export interface HintRequest extends FailedAt {
  readonly operation: Operation;
}

/** What the reader can do about a failed operation of tsrun-init, or undefined. */
export function initHint({ operation, errno, step: at }: HintRequest): string | undefined {
  const { hint, hints } = operations()[operation.op] as unknown as Definition<Fields>;
  return byStep()[at] ?? hint?.(operation, { errno, step: at }) ?? hints?.[errno] ?? byErrno()[errno];
}

/** Steps that mean the same everywhere, whatever the errno. */
const byStep = (): Readonly<Partial<Record<number, string>>> => ({
  [step.gaveUp]: 'tsrun was killed, or the process was OOM-killed; check the kernel log',
  [step.outside]: 'the image makes /process/cwd point outside of its root: do not trust it',
  [step.overRoot]:
    'what is mounted there would lie above the root directory of every process, and be seen by none: remove it, or the symbolic link of the image that leads there',
  [step.symlinkInPath]: 'a component of the destination is a symbolic link, which is refused here',
});

/** Errors that mean the same everywhere. */
const byErrno = (): Hints => ({
  ENOMEM: 'the memory limit of the container (/linux/resources/memory/limit) may be too low',
  ENOSYS: 'the kernel lacks this system call, or a seccomp filter around tsrun refuses it; Linux 5.10 or newer is needed',
  EMFILE: 'raise the limit of open files of tsrun (ulimit -n)',
});
