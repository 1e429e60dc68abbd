import type { Machine } from '../machine.js';

export interface Snapshot {
  readonly files: readonly string[];
  readonly processes: readonly string[];
  readonly descriptors: readonly string[];
}

/** The state of a machine, for comparison. Caches are meant to stay: filters, and device programs as long as their program runs. */
export function snapshot(machine: Machine): Snapshot {
  return {
    files: machine.tree
      .list()
      .filter((line) => !line.startsWith('/var/cache/'))
      .sort(),
    processes: [...machine.processes.all.values()].map(({ pid, name, alive }) => `${pid} ${name}${alive ? '' : ' (zombie)'}`),
    descriptors: machine.descriptors.list().filter((line) => !line.endsWith('device program')),
  };
}

/** What was added, with a plus, and what is missing, with a minus. */
export function difference(before: Snapshot, after: Snapshot): readonly string[] {
  const names = ['files', 'processes', 'descriptors'] as const;
  return names.flatMap((name) => [
    ...after[name].filter((line) => !before[name].includes(line)).map((line) => `+ ${name}: ${line.slice(0, 120)}`),
    ...before[name].filter((line) => !after[name].includes(line)).map((line) => `- ${name}: ${line.slice(0, 120)}`),
  ]);
}
