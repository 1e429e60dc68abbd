import { RuntimeError } from '../errors/runtime_error.js';
import type { BusKind } from './bus/address.js';
import { withBus, type Bus } from './bus/connection.js';
import { busFailure } from './bus/failure.js';
import type { Call, Message } from './bus/message.js';
import type { Value } from './bus/values.js';
import type { Property } from './properties/property.js';
import type { ScopeName } from './unit_name.js';

const systemd = 'org.freedesktop.systemd1';
const manager = { destination: systemd, path: '/org/freedesktop/systemd1', interface: 'org.freedesktop.systemd1.Manager' } as const;

/** How many milliseconds systemd may take to start a unit or to change it. */
const timeoutMs = 30_000;

/** How many milliseconds it may take to forget a unit whose processes have ended. */
const stopTimeoutMs = 10_000;

/** A container's unit. Its description identifies it, because another unit may have taken its name. */
export interface Scope {
  readonly bus: BusKind;
  readonly unit: string;
  readonly description: string;
}

export interface StartScope extends Omit<Scope, 'unit'>, ScopeName {
  /** The process to put into it: a scope cannot exist without one. */
  readonly pid: number;
  readonly properties: readonly Property[];
  /** Called before the unit can exist. */
  readonly record: () => void;
}

/**
 * Makes a transient scope and waits until its process is in its cgroup. A failed unit of the same name is forgotten first.
 * @throws RuntimeError if systemd refuses, if a unit of that name is in use, or if it takes too long
 */
export function startScope({ bus: kind, unit, slice, description, pid, properties, record }: StartScope): Promise<void> {
  const start: Call = {
    ...manager,
    member: 'StartTransientUnit',
    signature: 'ssa(sv)a(sa(sv))',
    values: [
      unit,
      'fail',
      [
        { name: 'Description', signature: 's', value: description },
        { name: 'Slice', signature: 's', value: slice },
        { name: 'Delegate', signature: 'b', value: true },
        { name: 'PIDs', signature: 'au', value: [pid] },
        ...accounting.map((name) => ({ name, signature: 'b', value: true })),
        { name: 'DefaultDependencies', signature: 'b', value: false },
        // Otherwise systemd keeps a scope that failed, and its name with it.
        { name: 'CollectMode', signature: 's', value: 'inactive-or-failed' },
        ...properties,
      ].map(asVariant),
      [],
    ],
  };
  return withBus({ kind, timeoutMs }, async (bus) => {
    // Do not wait for the reply to the rule: systemd handles both calls in order.
    const matching = bus.match(jobRule(unit));
    record();
    refuse(await matching, unit, 'AddMatch');
    let reply = await bus.call(start);
    if (reply.errorName === `${systemd}.UnitExists`) {
      await bus.call({ ...manager, member: 'ResetFailedUnit', signature: 's', values: [unit] });
      reply = await bus.call(start);
    }
    refuse(reply, unit, 'start');
    await waitForJob({ bus, reply, unit, verb: 'start' });
  });
}

/** As in runc. Otherwise systemd enables the controllers only for units with limits. */
const accounting = ['MemoryAccounting', 'CPUAccounting', 'IOAccounting', 'TasksAccounting'];

/**
 * Changes properties until the unit ends, not in files: all of them or, if systemd refuses one, none. Calls `mayHaveChanged` when a later
 * failure no longer tells which.
 */
export function setScopeProperties(
  { bus: kind, unit }: Scope,
  properties: readonly Property[],
  mayHaveChanged: (may: boolean) => void = () => undefined,
): Promise<void> {
  return withBus({ kind, timeoutMs }, async (bus) => {
    const values = [unit, true, properties.map(asVariant)];
    mayHaveChanged(true);
    const reply = await bus.call({ ...manager, member: 'SetUnitProperties', signature: 'sba(sv)', values });
    if (reply.kind === 'error') mayHaveChanged(false);
    refuse(reply, unit, 'change');
    // systemd replies before it writes to the cgroup, and writes before it reads the next call.
    await descriptionOf(bus, unit);
  });
}

/** Moves a process into a unit. A user's systemd that may not do this itself asks the system's. */
export function attachProcess({ bus: kind, unit, description }: Scope, pid: number): Promise<void> {
  return withBus({ kind, timeoutMs }, async (bus) => {
    if ((await descriptionOf(bus, unit)) !== description) {
      throw busFailure(`enter unit "${unit}": it is gone, or another one has its name`, { path: unit });
    }
    const values = [unit, '', [pid]];
    refuse(await bus.call({ ...manager, member: 'AttachProcessesToUnit', signature: 'ssau', values }), unit, 'enter');
  });
}

/**
 * Stops a unit and makes systemd forget it. Leaves a unit alone that is gone or has become somebody else's. With `kill`, kills its
 * processes first.
 */
export function stopScope({ bus: kind, unit, description }: Scope, { kill }: { readonly kill: boolean }): Promise<void> {
  return withBus({ kind, timeoutMs: stopTimeoutMs }, async (bus) => {
    if ((await descriptionOf(bus, unit)) !== description) return;
    refuse(await bus.match(jobRule(unit)), unit, 'AddMatch');
    if (kill) await bus.call({ ...manager, member: 'KillUnit', signature: 'ssi', values: [unit, 'all', sigkill] });
    const reply = await bus.call({ ...manager, member: 'StopUnit', signature: 'ss', values: [unit, 'replace'] });
    if (reply.errorName === `${systemd}.NoSuchUnit`) return;
    refuse(reply, unit, 'stop');
    await waitForJob({ bus, reply, unit, verb: 'stop' });
    // This fails if the unit is already gone without having failed, which is fine.
    await bus.call({ ...manager, member: 'ResetFailedUnit', signature: 's', values: [unit] });
  });
}

const sigkill = 9;

/** For an unknown unit, systemd returns its name as the description. */
async function descriptionOf(bus: Bus, unit: string): Promise<string> {
  const reply = await bus.call({
    destination: systemd,
    path: `${manager.path}/unit/${objectName(unit)}`,
    interface: 'org.freedesktop.DBus.Properties',
    member: 'Get',
    signature: 'ss',
    values: [`${systemd}.Unit`, 'Description'],
  });
  const [value] = reply.values;
  return reply.kind === 'return' && typeof value === 'object' && 'value' in value ? String(value.value) : '';
}

/** sd_bus_path_encode(3): every character other than a letter or digit becomes `_` and its number; so does a digit at the beginning. */
function objectName(unit: string): string {
  return unit.replace(/[^A-Za-z0-9]|^[0-9]/g, (character) => `_${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

function jobRule(unit: string): string {
  return `type='signal',sender='${systemd}',path='${manager.path}',interface='${manager.interface}',member='JobRemoved',arg2='${unit}'`;
}

interface WaitForJob {
  readonly bus: Bus;
  /** Names the job. */
  readonly reply: Message;
  readonly unit: string;
  readonly verb: string;
}

/** Anybody on a bus may send us signals, but only under their own name. */
async function waitForJob({ bus, reply, unit, verb }: WaitForJob): Promise<void> {
  const [job] = reply.values;
  const removed = ({ sender, member, values }: Message): boolean => sender === reply.sender && member === 'JobRemoved' && values[1] === job;
  const { values } = await bus.signal(removed, `the end of the job to ${verb} "${unit}"`);
  const result = String(values[3]);
  if (result === 'done') return;
  throw busFailure(`${verb} unit "${unit}": its job ended with "${result}"`, {
    path: unit,
    hint: `see systemctl status ${unit} and journalctl -u ${unit}`,
  });
}

function refuse({ kind, errorName, values }: Message, unit: string, verb: string): void {
  if (kind !== 'error') return;
  const inUse = errorName === `${systemd}.UnitExists`;
  const denied = errorName.endsWith('.AccessDenied') || errorName.endsWith('.InteractiveAuthorizationRequired');
  const words = typeof values[0] === 'string' ? values[0] : errorName;
  if (inUse) {
    throw busFailure(`start unit "${unit}": a unit of this name exists and is in use`, {
      path: unit,
      errno: 'EEXIST',
      hint: `another container has it: choose another name in /linux/cgroupsPath, or stop it with systemctl stop ${unit}`,
    });
  }
  throw new RuntimeError(`systemd cgroup driver: ${verb} unit "${unit}": ${words} (${errorName})`, {
    code: denied ? 'permission' : 'setup',
    phase: 'cgroup',
    operation: 'systemd',
    path: unit,
    hint: denied ? 'only root may do this on the system bus' : 'systemd 244 or newer is required; see journalctl',
  });
}

function asVariant({ name, signature, value }: Property): Value {
  return [name, { signature, value }];
}
