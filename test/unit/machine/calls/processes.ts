import type { Sys } from '../../../../src/sys/contract.js';
import { hostProgram } from '../host_program.js';
import { fail } from '../kernel/tree.js';
import type { World } from '../world.js';

/** Processes by pidfd, programs of the host, and waits. */
export function processCalls(world: World): Partial<Sys> {
  const { descriptors, processes, options, clock, waits } = world;
  return {
    raiseLimit: ({ pid }) => void processes.find(pid),
    openProcess: ({ pid }) => descriptors.add({ kind: 'process', process: processes.find(pid) }),
    signalProcess: ({ pidfd, signal }) => {
      processes.signal(descriptors.process(pidfd, 'pidfd_send_signal'), signal);
    },
    // A group has no other member here.
    kill: ({ pid, signal }) => {
      processes.signal(processes.find(Math.abs(pid)), signal);
    },
    reap: ({ pidfd }) => processes.reap(descriptors.process(pidfd, 'waitid')),
    isChild: ({ pidfd }) => descriptors.process(pidfd, 'waitid').child,
    hasEnded: ({ pidfd }) => !descriptors.process(pidfd, 'poll').alive,
    hasHalted: ({ pidfd }) => {
      const process = descriptors.process(pidfd, 'waitid');
      return !process.alive || process.state === 'T';
    },
    whenReadable: ({ fds, timeout }) => {
      const ready = fds.findIndex((fd) => descriptors.readable(fd));
      if (ready >= 0) return ready;
      if (timeout >= 0) {
        clock.now += timeout;
        return -1;
      }
      if (options.patient === true) return new Promise((resolve) => waits.add({ fds, resolve }));
      descriptors.mistakes.push('a wait that nothing ends');
      return fail('EDEADLK', 'poll', fds.join());
    },
    runProgram: ({ path, stdout, stderr }) => {
      const process = hostProgram(world, path, [stdout, stderr]);
      return { pid: process.pid, pidfd: descriptors.add({ kind: 'process', process }) };
    },
    deferSignals: () => undefined,
    deferredSignal: () => options.deferredSignal ?? 0,
    holdSignals: () => undefined,
    supervise: ({ pidfd }) => {
      const process = descriptors.process(pidfd, 'waitid');
      processes.end(process, options.exit ?? { code: 0, signal: 0 });
      return processes.reap(process) ?? fail('EINVAL', 'waitid', String(process.pid));
    },
    becomeSubreaper: () => undefined,
    resignSubreaper: () => undefined,
    takeFd: ({ pidfd }) => {
      descriptors.process(pidfd, 'pidfd_getfd');
      return descriptors.add({ kind: 'other', what: 'anon_inode:seccomp notify' });
    },
  };
}
