import { constants } from 'node:os';
import { describe, meet, pointsOf, sample, test, verbCases, type Accident, type Point, type VerbCase } from './harness/index.js';

const errors = ['EIO', 'ENOMEM', 'EMFILE', 'EINTR', 'EAGAIN'] as const;

/** Calls that return nothing or cannot fail: Linux never reports an error for them. */
const infallible = new Set(
  'exit exit_group rt_sigreturn arch_prctl set_tid_address set_robust_list rseq getpid getppid gettid getuid geteuid getgid getegid umask getpgrp getpgid getsid rt_sigaction rt_sigprocmask personality'.split(
    ' ',
  ),
);

/**
 * Which errors to inject into which calls of a verb. The C library's calls before main are left out: an error there ends the program with
 * the library's own message, or none.
 */
async function accidents(verb: VerbCase): Promise<readonly Accident[]> {
  const points = await pointsOf(verb);
  const main = 1 + points.map(({ process, call, name }) => process === 0 && call < 20 && name === 'mprotect').lastIndexOf(true);
  const all = points
    .slice(main)
    .filter(({ name }) => !infallible.has(name))
    .flatMap((point) => errors.map((error) => accident(verb, point, error)));
  return sample(`errno ${verb.name}`, all, 20);
}

function accident(verb: VerbCase, { process, call, name }: Point, error: (typeof errors)[number]): Accident {
  return { verb, action: ['errno', process, call, constants.errno[error]], at: `${error} from ${name}` };
}

describe('an error from a system call is reported and leaves nothing behind', () => {
  test.each(verbCases)('in $name', { timeout: 14_400_000 }, (verb) =>
    meet({ verb, kind: 'errno', file: 'errno.test.ts', accidents: () => accidents(verb) }),
  );
});
