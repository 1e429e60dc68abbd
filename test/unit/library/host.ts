import { setImmediate } from 'node:timers/promises';
import { expect } from 'vitest';
import { RuntimeError } from '../../../src/errors/runtime_error.js';
import type { CreateRequest, RuntimeOptions } from '../../../src/library/requests.js';
import { Runtime } from '../../../src/library/runtime/runtime.js';
import type { Container } from '../../../src/library/container/container.js';
import { hostWith, type HostOptions } from '../machine/host.js';
import type { Machine } from '../machine/machine.js';
import { difference, snapshot } from '../machine/failure/residue.js';
import { attach, openSockets } from './sockets.js';

export interface Host {
  readonly machine: Machine;
  readonly runtime: Runtime;
  /** A container of the bundle, created. */
  readonly create: (request?: Partial<CreateRequest>) => Promise<Container>;
  /** Started, too. */
  readonly start: (request?: Partial<CreateRequest>) => Promise<Container>;
  /** What there is on the machine and was not, or the other way round. */
  readonly left: () => Promise<readonly string[]>;
}

/** A machine in memory, and a program that uses the library there. */
export function libraryHost(options: HostOptions = {}, settings: RuntimeOptions = {}): Host {
  // A wait of the library lasts until something happens.
  const machine = hostWith({ patient: true, ...options });
  attach(machine);
  const before = snapshot(machine);
  const runtime = new Runtime(settings);
  const create: Host['create'] = (request = {}) => runtime.create({ id: 'web', bundle: '/bundle', stdio: 'ignore', ...request });
  return {
    machine,
    runtime,
    create,
    async start(request = {}) {
      const container = await create(request);
      await container.start();
      return container;
    },
    async left() {
      // What ends a process also closes what we hold of it, in the turns that follow.
      for (let turn = 0; turn < 5; turn++) await setImmediate();
      const streams = openSockets().map(() => '+ a stream of ours');
      return [...difference(before, snapshot(machine)), ...streams, ...machine.descriptors.mistakes];
    },
  };
}

/** The error that a call fails with, at once or by its promise. */
export async function refusal(act: () => unknown): Promise<RuntimeError> {
  let error: unknown;
  try {
    await act();
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(RuntimeError);
  return error as RuntimeError;
}

/** What a program passes that was not compiled against our types. */
export const untyped = <T>(value: unknown): T => value as T;
