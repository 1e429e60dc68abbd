import type { Sys } from '../../../../src/sys/contract.js';
import type { World } from '../world.js';
import { directoryCalls } from './directories.js';
import { factCalls } from './facts.js';
import { fileCalls } from './files.js';
import { initCalls } from './init.js';
import { kernelCalls } from './kernel.js';
import { processCalls } from './processes.js';
import { socketCalls } from './sockets.js';
import { streamCalls } from './streams.js';

/** The calls that the machine has; another one is a mistake of the test. */
export function calls(world: World): Sys {
  const made: Partial<Sys> = {
    ...directoryCalls(world),
    ...factCalls(world),
    ...fileCalls(world),
    ...initCalls(world),
    ...kernelCalls(world),
    ...processCalls(world),
    ...socketCalls(world),
    ...streamCalls(world),
  };
  return new Proxy(made as Sys, {
    get(target, name: string) {
      const call: unknown = target[name as keyof Sys];
      if (call === undefined) throw new Error(`the machine has no ${name}`);
      return call;
    },
  });
}
