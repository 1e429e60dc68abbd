import { main } from '../../../src/entry/main.js';
import { bindSys } from '../../../src/sys/call.js';
import { hostWith, type HostOptions } from '../machine/host.js';
import type { Machine } from '../machine/machine.js';
import { difference, snapshot } from '../machine/failure/residue.js';

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandHost {
  readonly machine: Machine;
  /** Runs `tsrun` with these words, as a program of its own. */
  readonly tsrun: (...words: readonly string[]) => Promise<Outcome>;
  /** The text of a file. */
  readonly file: (path: string) => string;
  /** What there is on the machine and was not, or the other way round. */
  readonly left: () => readonly string[];
}

/** A machine in memory with the command. */
export function commandHost(options: HostOptions = {}): CommandHost {
  const machine = hostWith(options);
  const before = snapshot(machine);
  return {
    machine,
    async tsrun(...words) {
      bindSys(machine.sys);
      const code = await main(words);
      const outcome = { code, stdout: machine.written[1], stderr: machine.written[2] };
      machine.nextProgram();
      return outcome;
    },
    file: (path) => machine.tree.need(path, 'read').text,
    left: () => [...difference(before, snapshot(machine)), ...machine.descriptors.mistakes],
  };
}

/** A command that succeeds and says nothing. */
export const silent: Outcome = { code: 0, stdout: '', stderr: '' };
