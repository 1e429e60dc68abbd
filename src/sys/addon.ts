import { createRequire } from 'node:module';
import { constants } from 'node:os';
import type { Sys, Fd } from './contract.js';

/**
 * sys of Node.js: the addon, which package.json names `#addon`, so that it is found from the sources, from `dist/` and from the bundled
 * command.
 */
export function loadAddon(): Sys {
  const native = createRequire(import.meta.url)('#addon') as Omit<Sys, 'exit'>;
  return { ...native, exit: ({ code }) => process.exit(code) };
}

/**
 * signal(7): ignored, or stopping and continuing us; those that Node.js keeps for itself, or ignores; and those that a mistake of our own
 * raises.
 */
const left = new Set(
  'KILL STOP TSTP TTIN TTOU CONT CHLD WINCH URG PIPE USR1 PROF ILL TRAP ABRT IOT BUS FPE SEGV SYS UNUSED'
    .split(' ')
    .map((name) => `SIG${name}`),
);

/**
 * sys of the command on Node.js: a mask, which the executable defers signals by, would not reach the other threads of the process. Its
 * handlers have the same effect, but for real-time signals, which Node.js does not know.
 */
export function deferringSignals(native: Sys): Sys {
  let reader: Fd = -1;
  let came = 0;
  const take = (): number => {
    if (came === 0 || reader < 0) return 0;
    native.close({ fd: reader });
    reader = -1;
    return came;
  };
  return {
    ...native,
    deferSignals() {
      if (reader >= 0) return;
      const [end, writer] = native.pipe() as readonly [Fd, Fd];
      reader = end;
      for (const name of (Object.keys(constants.signals) as NodeJS.Signals[]).filter((signal) => !left.has(signal))) {
        process.on(name, () => {
          if (came === 0) native.writeText({ fd: writer, text: '!' });
          came ||= constants.signals[name];
        });
      }
    },
    deferredSignal: take,
    async whenReadable(o) {
      if (reader < 0) return native.whenReadable(o);
      const index = await native.whenReadable({ ...o, fds: [...o.fds, reader] });
      const signal = index === o.fds.length ? take() : 0;
      if (signal === 0) return index;
      throw Object.assign(new Error(`poll ${signal}: EINTR`), {
        code: 'EINTR',
        errno: constants.errno.EINTR,
        call: 'poll',
        subject: String(signal),
      });
    },
  };
}
