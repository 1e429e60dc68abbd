import { createRequire } from 'node:module';
import { constants } from 'node:os';
import type { Sys, Fd } from './contract.js';

/**
 * The sys of Node.js: the addon. package.json names it `#addon`, so that the sources, `dist/` and the bundled command all find it.
 */
export function loadAddon(): Sys {
  const native = createRequire(import.meta.url)('#addon') as Omit<Sys, 'exit'>;
  return { ...native, exit: ({ code }) => process.exit(code) };
}

/**
 * signal(7): signals that are ignored, or that stop and continue us; those that Node.js reserves or ignores; and those that our own bugs
 * raise.
 */
const left = new Set(
  'KILL STOP TSTP TTIN TTOU CONT CHLD WINCH URG PIPE USR1 PROF ILL TRAP ABRT IOT BUS FPE SEGV SYS UNUSED'
    .split(' ')
    .map((name) => `SIG${name}`),
);

/**
 * The sys of the command on Node.js. The executable defers signals with a signal mask, which would not reach the other threads here.
 * Handlers have the same effect, except for real-time signals, which Node.js does not support.
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
