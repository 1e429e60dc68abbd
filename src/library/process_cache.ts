import { ProcessCache } from '../cache/process.js';
import { sys } from '../sys/call.js';
import type { Sys } from '../sys/contract.js';

/** One for the addon of this thread; tests use more than one machine. */
const caches = new WeakMap<Sys, ProcessCache>();

/**
 * What the runtimes of this thread share. It must not belong to one of them, because its loaded device programs hold descriptors: a program
 * that makes a runtime for each request would run out of them.
 */
export function sharedCache(): ProcessCache {
  let cache = caches.get(sys());
  if (cache === undefined) caches.set(sys(), (cache = new ProcessCache()));
  return cache;
}
