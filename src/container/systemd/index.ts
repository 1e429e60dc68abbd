/**
 * What the systemd cgroup driver adds to the verbs. It is imported with import() where `--systemd-cgroup` or a container's record asks for
 * it, so that nobody else loads it.
 */
export { attachToUnit } from './attach.js';
export { createInScope, enterScope, inScope, scopeFor } from './create.js';
export { stopUnit } from './stop.js';
export { changeUnit } from './update.js';

/**
 * Called before anything is changed or locked. Here there is nothing left to do; in the executable's program of one verb it starts the
 * program that contains everything, which does not return (src/cli/shims/restart.ts).
 */
export async function loadSystemd(): Promise<void> {
  // A promise, as in the other program.
}
