import { describe, expect, test } from 'vitest';
import { RuntimeError } from '../../../../src/errors/runtime_error.js';
import type { InitWorld } from '../../machine/init/tsrun_init.js';
import { hostWith, type HostOptions } from '../../machine/host.js';
import type { Machine } from '../../machine/machine.js';
import { difference, snapshot } from '../../machine/failure/residue.js';
import { call } from '../../machine/verbs.js';
import { otherWays } from './other_ways.js';
import { scenarios } from './scenarios.js';

interface Way {
  readonly host?: HostOptions;
  readonly arrange?: (machine: Machine) => Promise<void> | void;
  readonly act: (machine: Machine) => Promise<unknown>;
}

/** A tsrun-init that stops at one operation of the plan of `act`. */
async function attempt({ host, arrange, act }: Way, at: number, fate: 'fail' | 'die'): Promise<Played> {
  let armed = false;
  let op = '';
  let count = 0;
  const script: InitWorld['script'] = (operation) => {
    if (!armed || count++ !== at) return undefined;
    op = operation.op;
    return fate;
  };
  const machine = hostWith({ ...host, script });
  const empty = snapshot(machine);
  await arrange?.(machine);
  const before = snapshot(machine);
  armed = true;
  const error: unknown = await act(machine).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  const left = [...difference(before, snapshot(machine)), ...machine.descriptors.mistakes];
  return { op, error, left, machine, empty };
}

interface Played {
  /** The operation; empty if there is none at this index. */
  readonly op: string;
  readonly error: unknown;
  readonly left: readonly string[];
  readonly machine: Machine;
  readonly empty: ReturnType<typeof snapshot>;
}

async function eachOperation(way: Way, fate: 'fail' | 'die', judge: (played: Played) => Promise<string[]> | string[]): Promise<number> {
  const complaints: string[] = [];
  for (let at = 0; ; at++) {
    const played = await attempt(way, at, fate);
    if (played.op === '') {
      expect(complaints).toEqual([]);
      return at;
    }
    complaints.push(...(await judge(played)).map((text) => `operation ${at} (${played.op}): ${text}`));
  }
}

/** What must hold after a failed creation. */
const madeNothing = ({ error, left }: Played): string[] => [
  ...(error instanceof RuntimeError ? [] : [`reports ${String(error)}`]),
  ...left.map((text) => `leaves ${text}`),
];

/** The report names the operation, and the errno that it failed with. */
const named = ({ op, error }: Played): string[] => {
  const known = error as RuntimeError;
  // Programs have their own messages.
  const operation = op === 'execute' || op === 'findExecutable' ? 'execve' : op;
  return known.errno === 'EPERM' && known.operation === operation
    ? []
    : [`reports ${known.operation ?? ''} ${known.errno ?? ''}: ${known.message}`];
};

const died = ({ error }: Played): string[] =>
  /its init process ended before it was ready|ended before it executed it|ended before it was started/.test((error as RuntimeError).message)
    ? []
    : [`reports ${String(error)}`];

/** Another program's delete --force removes everything that is left of the container. */
async function removable({ machine, empty }: Played): Promise<string[]> {
  machine.nextProgram();
  const code = await call('delete', '--force', 'web').catch((error: unknown) => String(error));
  return [
    ...(code === 0 ? [] : [`delete --force ends with ${code}`]),
    ...difference(empty, snapshot(machine)).map((text) => `delete leaves ${text}`),
  ];
}

const noProcess = ({ left }: Played): string[] => left.filter((text) => /^\+ (?:processes|descriptors)/.test(text) || !/^[+-] /.test(text));

const scenario = (name: string): Way => {
  const found = [...scenarios, ...otherWays].find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no scenario ${name}`);
  return found;
};

describe.each(['create', 'create with a pid file, hooks, a user namespace and limits below a directory of cgroups', 'run'])(
  '%s',
  (name) => {
    test('reports the operation of the plan that fails, and leaves nothing', async () => {
      const count = await eachOperation(scenario(name), 'fail', (played) => [...madeNothing(played), ...named(played)]);
      expect(count).toBeGreaterThan(20);
    });
    test('reports that tsrun-init died, at whichever operation, and leaves nothing', async () => {
      const count = await eachOperation(scenario(name), 'die', (played) => [...madeNothing(played), ...died(played)]);
      expect(count).toBeGreaterThan(20);
    });
  },
);

describe.each(['exec', 'exec on a terminal'])('%s', (name) => {
  test('reports the operation of the plan that fails, and leaves the container as it was', async () => {
    const count = await eachOperation(scenario(name), 'fail', (played) => [...madeNothing(played), ...named(played)]);
    expect(count).toBeGreaterThan(5);
  });
  test('reports that tsrun-init died, at whichever operation, and leaves the container as it was', async () => {
    const count = await eachOperation(scenario(name), 'die', (played) => [...madeNothing(played), ...died(played)]);
    expect(count).toBeGreaterThan(5);
  });
});

describe.each(['start', 'start for a supervisor', 'start with a seccomp agent'])('%s', (name) => {
  test('reports the operation of the plan that fails, and leaves what delete --force removes', async () => {
    const count = await eachOperation(scenario(name), 'fail', async (played) => [
      ...noProcess(played),
      ...named(played),
      ...(await removable(played)),
    ]);
    expect(count).toBeGreaterThan(0);
  });
  test('reports that tsrun-init died, at whichever operation, and leaves what delete --force removes', async () => {
    const count = await eachOperation(scenario(name), 'die', async (played) => [
      ...noProcess(played),
      ...died(played),
      ...(await removable(played)),
    ]);
    expect(count).toBeGreaterThan(0);
  });
});
