import { bindSys } from '../../../../src/sys/call.js';
import { RuntimeError } from '../../../../src/errors/runtime_error.js';
import { errnosOf, faulty, type Fault, type Faulty } from './faults.js';
import { hostWith, type HostOptions } from '../host.js';
import type { Machine } from '../machine.js';
import { difference, snapshot, type Snapshot } from './residue.js';
import { call } from '../verbs.js';

export interface Scenario {
  readonly name: string;
  readonly host?: HostOptions;
  /** What other programs did before. */
  readonly arrange?: (machine: Machine) => Promise<void> | void;
  /** What may fail. On success the caller owns what it returns, which is closed when its program ends. */
  readonly act: (machine: Machine) => Promise<unknown>;
  /** Releases the caller's own resources after a failure. */
  readonly tidy?: (machine: Machine) => Promise<void>;
  /**
   * What may be left after a failure: nothing of a container that was being created; of an existing one, only what delete --force removes.
   */
  readonly leaves: 'nothing' | 'container';
  /** From this call on there is a whole container, which only delete --force has to remove. */
  readonly wholeFrom?: string;
  /** Whether a signal may end its waits (`deferSignals`). */
  readonly interruptible?: boolean;
  /** Second failures after which something is left, with the reason. */
  readonly beyond?: Readonly<Record<string, string>>;
  /** Calls whose failure does not make the verb fail, with the reason. The final state is then not compared. */
  readonly tolerates?: Readonly<Record<string, string>>;
}

interface Outcome {
  /** The first failed call, counted from 1. */
  readonly at: number;
  readonly machine: Machine;
  readonly faults: Faulty;
  /** The state before, and while nothing of a container existed. */
  readonly before: Snapshot;
  readonly empty: Snapshot;
  readonly after: Snapshot;
  readonly result: unknown;
  readonly error: unknown;
}

async function play(scenario: Scenario, fault: Fault): Promise<Outcome> {
  const machine = hostWith(scenario.host);
  const empty = snapshot(machine);
  await scenario.arrange?.(machine);
  const before = snapshot(machine);
  const faults = faulty(machine.sys, fault);
  bindSys(faults.sys);
  let result: unknown;
  let error: unknown;
  try {
    result = await scenario.act(machine);
  } catch (thrown) {
    error = thrown;
  }
  bindSys(machine.sys);
  if (error !== undefined) await scenario.tidy?.(machine);
  return { at: fault.at[0] ?? 0, machine, faults, before, empty, after: snapshot(machine), result, error };
}

/** Returns everything that is wrong with a scenario in which one call after the other fails; each line names the call and its error. */
export async function failurePoints(scenario: Scenario): Promise<{ readonly calls: number; readonly complaints: readonly string[] }> {
  const good = await play(scenario, { at: [], errno: '' });
  if (good.error !== undefined) throw good.error instanceof Error ? good.error : new Error('it fails as it is');
  const complaints: string[] = good.machine.descriptors.mistakes.map((mistake) => `${scenario.name}: ${mistake}`);
  for (const [index, name] of good.faults.calls.entries()) {
    for (const errno of errnosOf(name)) {
      if (errno === 'EINTR' && scenario.interruptible !== true) continue;
      const outcome = await play(scenario, { at: [index + 1], errno });
      const found = [...judge(scenario, good, outcome), ...(await leftOver(scenario, outcome))];
      complaints.push(...found.map((text) => `${scenario.name}: call ${index + 1} (${name}) ${errno}: ${text}`));
    }
  }
  return { calls: good.faults.calls.length, complaints };
}

/**
 * The same if a second call fails while the first failure is cleaned up: it must be added to the first error, and the rest must still be
 * removed.
 */
export async function failuresOfCleaning(scenario: Scenario): Promise<readonly string[]> {
  const good = await play(scenario, { at: [], errno: '' });
  const complaints: string[] = [];
  for (const [index, name] of good.faults.calls.entries()) {
    const errno = errnosOf(name).find((one) => one !== 'EINTR') as string;
    const once = await play(scenario, { at: [index + 1], errno });
    if (once.error === undefined) continue;
    for (let second = index + 2; second <= once.faults.calls.length; second++) {
      const outcome = await play(scenario, { at: [index + 1, second], errno });
      const where = `${scenario.name}: call ${index + 1} (${name}), then ${second} (${once.faults.calls[second - 1] ?? ''}) ${errno}`;
      const pair = `${name}, ${once.faults.calls[second - 1] ?? ''}`;
      const left = scenario.beyond?.[pair] === undefined ? await removable(outcome) : [];
      const found = [...open(outcome), ...reported(outcome), ...left];
      complaints.push(...found.map((text) => `${where}: ${text}`));
    }
  }
  return complaints;
}

/** The same if a signal ends a wait while the first failure is cleaned up: nothing of it may be left. */
export async function interruptionsOfCleaning(
  scenario: Scenario,
): Promise<{ readonly waits: number; readonly complaints: readonly string[] }> {
  const good = await play(scenario, { at: [], errno: '' });
  const complaints: string[] = [];
  let waits = 0;
  for (const [index, name] of good.faults.calls.entries()) {
    const errno = errnosOf(name).find((one) => one !== 'EINTR') as string;
    const once = await play(scenario, { at: [index + 1], errno });
    if (once.error === undefined) continue;
    for (let second = index + 2; second <= once.faults.calls.length; second++) {
      if (once.faults.calls[second - 1] !== 'whenReadable') continue;
      waits++;
      const outcome = await play(scenario, { at: [index + 1, second], errno, then: 'EINTR' });
      const more = difference(once.after, outcome.after).map((text) => `leaves, other than without the signal, ${text}`);
      const found = [...open(outcome), ...reported(outcome), ...more];
      complaints.push(...found.map((text) => `${scenario.name}: call ${index + 1} (${name}), then a signal at ${second}: ${text}`));
    }
  }
  return { waits, complaints };
}

function judge(scenario: Scenario, good: Outcome, outcome: Outcome): readonly string[] {
  const { error, faults } = outcome;
  if (error !== undefined) return [...open(outcome), ...reported(outcome)];
  if (faults.thrown.length === 0) return ['the call was not made'];
  if (Object.keys(scenario.tolerates ?? {}).some((name) => failedCall(outcome).startsWith(name)))
    return outcome.machine.descriptors.mistakes;
  const missing = difference(good.after, outcome.after);
  const other = JSON.stringify(good.result) === JSON.stringify(outcome.result) ? [] : [`result ${JSON.stringify(outcome.result)}`];
  return [...missing, ...other].map((text) => `succeeds, but: ${text}`);
}

function failedCall({ faults }: Outcome): string {
  const [first] = faults.thrown;
  return first === undefined ? '' : `${first.call} ${first.subject}`;
}

/** Open descriptors, locks, and mistakes such as a second close. */
function open({ machine, before, after }: Outcome): readonly string[] {
  const more = after.descriptors.filter((line) => !before.descriptors.includes(line));
  return [...more.map((line) => `left open: ${line}`), ...machine.descriptors.mistakes];
}

/** The first error must be thrown, with later ones in addition to it. */
function reported({ error, faults }: Outcome): readonly string[] {
  const [first] = faults.thrown;
  if (first === undefined) return [];
  const chain = causes(error);
  const isSignal = first.code === 'EINTR' && error instanceof RuntimeError && error.code === 'aborted';
  return [
    ...(isSignal || chain.includes(first) ? [] : [`reports another error: ${String(error)}`]),
    ...words(error)
      .filter((text) => text.includes('/proc/self/fd/'))
      .map((text) => `names the number of a descriptor: ${text}`),
  ];
}

/** Everything of an error that people read. */
function words(error: unknown): readonly string[] {
  if (!(error instanceof RuntimeError)) return [String(error)];
  const { message, path = '', hint = '', suppressed } = error;
  return [message, path, hint, ...suppressed.flatMap(words)];
}

function causes(error: unknown): unknown[] {
  return error instanceof Error ? [error, ...causes(error.cause)] : [];
}

async function leftOver(scenario: Scenario, outcome: Outcome): Promise<readonly string[]> {
  if (outcome.error === undefined) return [];
  const { wholeFrom } = scenario;
  const whole = wholeFrom !== undefined && outcome.faults.calls.slice(0, outcome.at - 1).some((name) => name.startsWith(wholeFrom));
  if (scenario.leaves === 'nothing' && !whole) return difference(outcome.before, outcome.after).map((text) => `leaves ${text}`);
  const zombies = outcome.after.processes.filter((line) => !outcome.before.processes.includes(line));
  return [...zombies.map((line) => `leaves process ${line}`), ...(await removable(outcome))];
}

/** Whether another program's delete --force then removes everything. */
async function removable({ machine, empty }: Outcome): Promise<readonly string[]> {
  machine.nextProgram();
  bindSys(machine.sys);
  try {
    await call('delete', '--force', 'web');
  } catch (error) {
    return [`delete --force fails: ${String(error)}`];
  }
  return difference(empty, snapshot(machine)).map((text) => `delete --force leaves ${text}`);
}
