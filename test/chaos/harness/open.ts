interface Exception {
  readonly failure: RegExp;
  readonly reason: string;
}

/** Failures that are known and not yet mended: each is named by its words, with the reason. A failure that is not in it fails the test. */
const open: readonly Exception[] = [];

/** What looks like a failure and is none: a process that is killed behind its last word, which cannot be told from one that is killed a moment later by somebody else. */
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

/** What is wrong and not known. */
export function news(wrong: readonly string[]): readonly string[] {
  return wrong.filter((text) => ![...open, ...behindTheWord].some(({ failure }) => failure.test(text)));
}
