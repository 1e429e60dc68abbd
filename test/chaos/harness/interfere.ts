import { readFileSync } from 'node:fs';
import { newPath, program, startRuntime, type Outcome } from '../../oci/harness/index.js';
import { callName } from './calls.js';

/** One system call of a verb: the process (0 is tsrun), the position among its calls, the number, and the first argument. */
export interface Point {
  readonly process: number;
  readonly call: number;
  readonly name: string;
  readonly argument: number;
}

export interface Ending {
  readonly outcome: Outcome;
  /** Where the accident happened; absent if the command never got there. */
  readonly fired?: Point;
  /** Every call, for the action `list`. */
  readonly points: readonly Point[];
  readonly hang: boolean;
  /** The number of the signal that killed tsrun, or 0. */
  readonly signal: number;
}

export interface Interference {
  /** The arguments of test/programs/attack/interfere.c: `kill 0 57`. */
  readonly action: readonly (string | number)[];
  /** The verb and its arguments. */
  readonly args: readonly string[];
  /** Another process to watch: the init that `start` releases. */
  readonly other?: number;
  readonly wrapper?: readonly string[];
}

/** Milliseconds after which a verb counts as hanging: thousands of times what it needs alone, because the machine may be busy. */
const limit = 10_000;

/** Runs a verb with an accident at one of its system calls. */
export async function interfere({ action, args, other, wrapper = [] }: Interference): Promise<Ending> {
  const report = newPath('.report');
  const line = [
    program('interfere'),
    report,
    String(limit),
    ...action.map(String),
    ...(other === undefined ? [] : [`+${other}`]),
    ...wrapper,
  ];
  const outcome = await startRuntime(args, { wrapper: line, timeout: limit + 10_000 }).done;
  const lines = readFileSync(report, 'utf8')
    .trim()
    .split('\n')
    .map((text) => text.split(' '));
  const pointsOf = (kind: string): readonly Point[] => lines.filter(([word]) => word === kind).map(point);
  const [fired] = pointsOf('fired');
  return {
    outcome,
    points: pointsOf('call'),
    hang: lines.some(([word]) => word === 'hang'),
    signal: Number(lines.find(([word]) => word === 'signal')?.[1] ?? 0),
    ...(fired === undefined ? {} : { fired }),
  };
}

function point([, process, call, number, argument]: readonly string[]): Point {
  return { process: Number(process), call: Number(call), name: callName(Number(number)), argument: Number(argument) };
}
