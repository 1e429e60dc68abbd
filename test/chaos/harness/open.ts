interface Exception {
  readonly failure: RegExp;
  readonly reason: string;
}

/** Failures that are known and not fixed, identified by their text, with the reason. Any other failure fails the test. */
const open: readonly Exception[] = [];

/**
 * What looks like a failure but is not: a process that is killed after its last message, which cannot be distinguished from one that
 * somebody else kills a moment later.
 */
const behindTheWord: readonly Exception[] = [
  {
    failure: /^create.*: kill 1 \d+ \(before (close|accept4)\): false success: the state is stopped/,
    reason: 'init has said that it is ready',
  },
  {
    failure: /^(start|start of much|run --detach|exec --detach): kill [12] \d+ \(before execve\): false success/,
    reason: 'init has said that it executes the program',
  },
  {
    failure: /^(run|exec): kill [12] \d+ \(before execve\): 0 lines of error: ""/,
    reason: 'the same; the exit code is 137, as of a program that is killed',
  },
];

/** Returns the failures that are not known. */
export function news(wrong: readonly string[]): readonly string[] {
  return wrong.filter((text) => ![...open, ...behindTheWord].some(({ failure }) => failure.test(text)));
}
