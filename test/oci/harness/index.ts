/** Everything that a test file needs. Importing it registers the clean-up after each test. */
import { cleanUp } from './cleanup.js';

export { describe, expect, test } from 'vitest';
export { jsonOf, makeBundle, makeRootfs, type Bundle } from './bundle.js';
export { can, cgroup2Mount, controllers, domainController } from './capabilities.js';
export { afterTest, sweep } from './cleanup.js';
export { joinNamespace, withoutNamespace, type Config, type Hook, type HookKind, type IdMapping, type Mount } from './config.js';
export {
  created,
  exec,
  execInside,
  running,
  stateOf,
  stopped,
  untilOutput,
  untilStatus,
  untilTold,
  type Container,
  type State,
} from './container.js';
export { fail, inside, refused, run, statusInside, succeed } from './inside.js';
export { leftovers, sameMounts } from './leaks.js';
export { childrenOf, commandLine, hasTakenSignals, isAlive, isAsleep, isStopped, namesIn } from './processes.js';
export { openConsole, receivedPidfd } from './open_console.js';
export { program } from './programs.js';
export { runtime, runtimeCommand, start, startRuntime, type Outcome, type Started } from './runtime.js';
export { mark, newDirectory, newId, newPath, scratch, stateRoot } from './scratch.js';
export { pause, race, until, untilListening } from './wait.js';

cleanUp();
