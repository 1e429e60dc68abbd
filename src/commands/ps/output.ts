import { RuntimeError } from '../../errors/runtime_error.js';

export interface PsSelection {
  /** The output of ps: a heading, then one line per process. */
  readonly output: string;
  readonly pids: readonly number[];
}

/** Returns the heading and the lines of these processes. */
export function selectProcesses({ output, pids }: PsSelection): string {
  const [heading = '', ...lines] = output.trimEnd().split('\n');
  const column = words(heading).indexOf('PID');
  if (column < 0) {
    throw new RuntimeError('list processes: the output of ps has no column PID', {
      code: 'usage',
      phase: 'command',
      operation: 'ps',
      hint: 'pass options that make ps print it, such as -ef, or use --format json',
    });
  }
  const wanted = new Set(pids);
  return [heading, ...lines.filter((line) => wanted.has(Number(words(line)[column])))].join('\n');
}

function words(line: string): readonly string[] {
  return line.trim().split(/\s+/);
}
