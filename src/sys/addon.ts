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
  let writer: Fd = -1;
  let came = 0;
  const begin = (): void => {
    [reader, writer] = native.pipe() as readonly [Fd, Fd];
  };
  const end = (): void => {
    for (const fd of [reader, writer]) native.close({ fd });
    reader = writer = -1;
  };
  const take = (): number => {
    if (came === 0 || reader < 0) return 0;
    end();
    return came;
  };
  return {
    ...native,
    deferSignals() {
      if (reader >= 0) return;
      begin();
      for (const name of (Object.keys(constants.signals) as NodeJS.Signals[]).filter((signal) => !left.has(signal))) {
        process.on(name, () => {
          if (came === 0 && writer >= 0) native.writeText({ fd: writer, text: '!' });
          came ||= constants.signals[name];
        });
      }
    },
    deferredSignal: take,
    async holdSignals() {
      await native.holdSignals();
      if (reader < 0) return;
      // A signal that came before may still wait in libuv: the second turn of the event loop begins after it was caught.
      for (let turn = 0; turn < 2; turn++) await new Promise(setImmediate);
      const signal = came;
      came = 0;
      if (signal !== 0) process.kill(process.pid, signal);
    },
    supervise(o) {
      const deferred = reader >= 0;
      if (deferred) end();
      try {
        return native.supervise(o);
      } finally {
        if (deferred) begin();
      }
    },
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
