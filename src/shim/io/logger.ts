import { fromSystem } from '../../errors/from_system.js';
import { RuntimeError } from '../../errors/runtime_error.js';
import { kill } from '../../init/reap.js';
import { sys } from '../../sys/call.js';
import { reapEnded } from '../../sys/reap_ended.js';
import type { Cloned, Fd } from '../../sys/contract.js';
import { readable, type Loop } from '../loop/index.js';
import { pathOf, wordsOf } from './uri.js';

export interface StartLogger {
  readonly loop: Loop;
  /** `/program?name=value`: the names and values are its arguments. */
  readonly uri: string;
  readonly id: string;
  readonly namespace: string;
  /** Whether it must write a byte before it closes descriptor 5. Otherwise a logger that dies counts as ready, as in containerd. */
  readonly mustSayReady: boolean;
}

/** How long a logger may take to become ready, and how long it may run after the output has ended. */
const readyMs = 10_000;
const endMs = 10_000;

/** For standard output and error, the read end and the write end of each. */
type Pipes = readonly [readonly [Fd, Fd], readonly [Fd, Fd]];

/**
 * A logging program: it reads standard output and error of the process from its descriptors 3 and 4, and closes 5 when it is ready
 * (containerd's core/runtime/v2/logging). We hold its ends, too: if it dies, the process waits instead of being killed by SIGPIPE.
 */
export class Logger {
  readonly #loop: Loop;
  readonly #process: Cloned;
  readonly #pipes: Pipes;
  readonly #ended: Promise<void>;
  #alive = true;

  constructor(loop: Loop, process: Cloned, pipes: Pipes) {
    this.#loop = loop;
    this.#process = process;
    this.#pipes = pipes;
    this.#ended = new Promise((resolve) => {
      const unwatch = loop.watch({
        fd: process.pidfd,
        events: readable,
        call: () => {
          unwatch();
          this.#alive = false;
          void reapEnded(process.pidfd)
            .catch(() => null)
            .then(() => {
              sys().close({ fd: process.pidfd });
              resolve();
            });
        },
      });
    });
  }

  /** The process's ends, for standard output and error. */
  take(given: Fd[], held: Fd[]): readonly [Fd, Fd] {
    const [[fromOut, out], [fromError, error]] = this.#pipes;
    given.push(out, error);
    held.push(fromOut, fromError);
    return [out, error];
  }

  /** Call this at the end of the output. The logger reads the rest, and is killed if it does not end. */
  finish(): void {
    const cancel = this.#loop.after(endMs, () => this.kill());
    void this.#ended.then(cancel);
  }

  /** The descriptor is closed when the logger has ended; its number may be reused by then. */
  kill(): void {
    if (this.#alive) kill(this.#process);
  }

  ended(): Promise<void> {
    return this.#ended;
  }
}

export async function startLogger({ loop, uri, id, namespace, mustSayReady }: StartLogger): Promise<Logger> {
  const path = pathOf(uri);
  const opened: Fd[] = [];
  const pipe = (): readonly [Fd, Fd] => {
    const [from, to] = sys().pipe() as [Fd, Fd];
    opened.push(from, to);
    return [from, to];
  };
  try {
    const [stdout, stderr, ready] = [pipe(), pipe(), pipe()];
    const nothing = sys().open({ path: '/dev/null', flags: 2 });
    opened.push(nothing);
    const process = sys().runProgram({
      path,
      args: [path, ...wordsOf(uri)],
      environment: [...sys().environment(), `CONTAINER_ID=${id}`, `CONTAINER_NAMESPACE=${namespace}`],
      directory: '/',
      stdin: nothing,
      stdout: nothing,
      stderr: nothing,
      fds: [stdout[0], stderr[0], ready[1]],
    });
    const logger = new Logger(loop, process, [stdout, stderr]);
    sys().close({ fd: ready[1] });
    sys().close({ fd: nothing });
    opened.splice(5);
    const inTime = (await sys().whenReadable({ fds: [ready[0]], timeout: readyMs })) === 0;
    const isReady = inTime && (!mustSayReady || sys().readSome({ fd: ready[0], limit: 1 }).length > 0);
    sys().close({ fd: ready[0] });
    opened.splice(4);
    if (isReady) return logger;
    logger.kill();
    const reason = inTime ? 'it ended, or closed descriptor 5, before it was ready' : `it is not ready after ${readyMs / 1000} s`;
    throw new RuntimeError(`start logger "${path}": ${reason}`, { code: 'setup', phase: 'setup', operation: 'start logger', path });
  } catch (error) {
    for (const fd of opened) sys().close({ fd });
    throw fromSystem(error, { code: 'setup', phase: 'setup', operation: 'start logger', path });
  }
}
