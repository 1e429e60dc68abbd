import type { ProcessExit } from '../../../../src/sys/contract.js';
import { closeWriter, type Handle, type Pipe } from '../kernel/descriptors.js';
import type { Process, Processes } from '../kernel/processes.js';

/** The program of the user, from its execve(2) on: what a test makes it do. */
export class Program {
  readonly #process: Process;
  readonly #processes: Processes;
  readonly #streams: readonly (Handle | undefined)[];

  constructor({ process, processes, streams }: { process: Process; processes: Processes; streams: readonly (Handle | undefined)[] }) {
    this.#process = process;
    this.#processes = processes;
    this.#streams = streams;
  }

  /** Writes to its standard output (1) or error (2). */
  write(stream: 1 | 2, text: string): void {
    const handle = this.#streams[stream];
    if (handle?.kind === 'file') handle.node.text += text;
    if (handle?.kind !== 'write') return;
    handle.pipe.text += text;
    handle.pipe.changed?.();
  }

  /** Reads its standard input to the end. */
  read(then: (input: string) => void): void {
    const handle = this.#streams[0];
    if (handle?.kind !== 'read') {
      then('');
      return;
    }
    const { pipe } = handle;
    const look = (): void => {
      if (pipe.writers > 0) return;
      delete pipe.changed;
      then(pipe.text);
    };
    pipe.changed = look;
    look();
  }

  exit(exit: ProcessExit): void {
    this.#processes.end(this.#process, exit);
  }
}

/** A process holds the ends of pipes that it was given until it ends. */
export function holdStreams(process: Process, streams: readonly (Handle | undefined)[]): void {
  const pipes = streams.flatMap((handle): Pipe[] => (handle?.kind === 'write' ? [handle.pipe] : []));
  for (const pipe of pipes) pipe.writers++;
  process.atEnd.push(() => {
    for (const pipe of pipes) closeWriter(pipe);
  });
}
