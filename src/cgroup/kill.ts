import { fromSystem } from '../errors/from_system.js';
import { door, isSystemError } from '../native/call.js';
import { cgroupProcesses } from './processes.js';

const SIGKILL = 9;
/** Each round catches what was forked during the one before; in a frozen cgroup nothing is forked, so two are enough. */
const rounds = 8;

/** SIGKILL to every process of the cgroup and of those below it, also to frozen ones. A cgroup that is gone has none. */
export function killCgroup({ directory }: { readonly directory: string }): void {
  const path = `${directory}/cgroup.kill`;
  try {
    door().writeFile({ path, text: '1', flags: 0 });
  } catch (error) {
    if (isSystemError(error, 'ENODEV')) return;
    if (!isSystemError(error, 'ENOENT')) throw fromSystem(error, { code: 'setup', phase: 'signal', operation: 'kill cgroup', path });
    if (door().access({ path: directory, mode: 0 })) killOneByOne(directory);
  }
}

/** Before Linux 5.14 there is no cgroup.kill: the cgroup is frozen, so that it cannot outrun us, and its processes are killed one by one. */
function killOneByOne(directory: string): void {
  setFrozen(directory, '1');
  try {
    for (let round = 0; round < rounds; round++) {
      const pids = cgroupProcesses({ directory });
      if (pids.length === 0) return;
      for (const pid of pids) killProcess(pid);
    }
  } finally {
    // A frozen process of cgroup v2 dies of SIGKILL at once; but the cgroup may be used again.
    setFrozen(directory, '0');
  }
}

function killProcess(pid: number): void {
  try {
    door().kill({ pid, signal: SIGKILL });
  } catch (error) {
    if (!isSystemError(error, 'ESRCH')) throw fromSystem(error, { code: 'setup', phase: 'signal', operation: 'kill', path: String(pid) });
  }
}

function setFrozen(directory: string, value: '0' | '1'): void {
  try {
    door().writeFile({ path: `${directory}/cgroup.freeze`, text: value, flags: 0 });
  } catch (error) {
    if (!isSystemError(error, 'ENOENT', 'ENODEV')) throw fromSystem(error, { code: 'setup', phase: 'signal', operation: 'freeze', path: directory });
  }
}
