import { fromSystem } from '../../errors/from_system.js';
import { sys, isSystemError } from '../../sys/call.js';
import type { HeldCgroup } from '../identity.js';
import { signalCgroup } from './signal.js';
import { hasProcesses } from './index.js';

const SIGKILL = 9;
/** Each round kills what was forked during the one before. Nothing forks in a frozen cgroup, so two rounds are enough. */
const rounds = 8;

/** Sends SIGKILL to every process in the cgroup and in those below it, including frozen ones. A cgroup that is gone has none. */
export function killCgroup(held: HeldCgroup): void {
  try {
    sys().writeFile({ path: 'cgroup.kill', directory: held.fd, text: '1', flags: 0 });
  } catch (error) {
    if (isSystemError(error, 'ENODEV')) return;
    if (!isSystemError(error, 'ENOENT'))
      throw fromSystem(error, { code: 'setup', phase: 'signal', operation: 'kill cgroup', path: `${held.directory}/cgroup.kill` });
    killOneByOne(held);
  }
}

/**
 * There is no cgroup.kill before Linux 5.14: the cgroup is frozen, so that it cannot fork faster than we kill, and its processes are killed
 * one by one.
 */
function killOneByOne(held: HeldCgroup): void {
  setFrozen(held, '1');
  try {
    for (let round = 0; round < rounds && hasProcesses(held); round++) signalCgroup({ held, signal: SIGKILL });
  } finally {
    // A frozen process of cgroup v2 dies of SIGKILL immediately, but the cgroup may be used again.
    setFrozen(held, '0');
  }
}

function setFrozen({ fd, directory }: HeldCgroup, value: '0' | '1'): void {
  try {
    sys().writeFile({ path: 'cgroup.freeze', directory: fd, text: value, flags: 0 });
  } catch (error) {
    if (!isSystemError(error, 'ENOENT', 'ENODEV'))
      throw fromSystem(error, { code: 'setup', phase: 'signal', operation: 'freeze', path: directory });
  }
}
