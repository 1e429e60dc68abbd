import { everyStep } from '../errors/clean_up.js';
import { undisturbed } from '../errors/interruption.js';
import { RuntimeError } from '../errors/runtime_error.js';
import { sys } from '../sys/call.js';
import type { Cloned, Fd, Spawned } from '../sys/contract.js';
import { messageType } from '../protocol/numbers/messages.js';
import { kill, killAndReap, reapEnding } from './reap.js';

/** Milliseconds that a message may take: one that the process is about to send, or sent before it was killed. */
const lastWords = 50;

/** More messages than tsrun-init sends without waiting for a reply. */
const mostLastWords = 64;

export interface NewChild extends Spawned {
  /** Whether its plan lets it respawn as a sibling. */
  readonly respawns: boolean;
}

/**
 * A tsrun-init that we cloned, with our end of its socket: the process, or the sibling that it continued as. Nobody else kills or reaps it.
 * In a long-lived program, an unreaped one would keep the pid namespace that it entered from ending (pid_namespaces(7)).
 */
export class Child implements Spawned {
  #process: Cloned;
  #socket: Fd;
  /** The process that was cloned, from when a sibling takes its place until it is reaped. */
  #first: Cloned | null = null;
  /** The pid of a sibling that we were told about and do not hold; 0 for none. */
  #named = 0;
  #mayRespawn: boolean;

  constructor({ pid, pidfd, socket, respawns }: NewChild) {
    this.#process = { pid, pidfd };
    this.#socket = socket;
    this.#mayRespawn = respawns;
  }

  get pid(): number {
    return this.#process.pid;
  }

  get pidfd(): Fd {
    return this.#process.pidfd;
  }

  /** -1 once it is closed. */
  get socket(): Fd {
    return this.#socket;
  }

  closeSocket(): void {
    const fd = this.#socket;
    this.#socket = -1;
    if (fd >= 0) sys().close({ fd });
  }

  /**
   * Takes over the sibling that tsrun-init respawned itself as. It is our child (CLONE_PARENT), so only we reap it, and its pid cannot be
   * reused before. Returns work that can be done meanwhile: reaping the first process, which ends by itself.
   */
  adopt(pid: number): () => Promise<void> {
    this.#mayRespawn = false;
    this.#named = pid;
    const pidfd = this.#openSibling(pid);
    this.#named = 0;
    const first = this.#process;
    this.#first = first;
    this.#process = { pid, pidfd };
    return () => this.#reapFirst(first);
  }

  /**
   * Kills and reaps the process, whatever state it is in, and closes our descriptors of it. Every step is tried, even if another one fails.
   */
  async killAndReap(): Promise<void> {
    const sibling = this.#mayRespawn ? [() => this.#hearOfSibling()] : [];
    await everyStep([
      ...sibling,
      // Before waiting, which needs a descriptor on Node.js; there may be none left (EMFILE).
      () => {
        this.closeSocket();
      },
      () => killAndReap(this.#process),
      () => this.#endFirst(),
      () => this.#endSibling(),
    ]);
  }

  #openSibling(pid: number): Fd {
    const pidfd = sys().openProcess({ pid });
    let ours = false;
    try {
      ours = sys().isChild({ pidfd });
    } finally {
      if (!ours) sys().close({ fd: pidfd });
    }
    if (ours) return pidfd;
    this.#named = 0;
    throw new RuntimeError(`follow tsrun-init: process ${pid} is not its sibling`, {
      code: 'internal',
      phase: 'setup',
      operation: 'tsrun-init',
    });
  }

  async #reapFirst(first: Cloned): Promise<void> {
    await reapEnding(first);
    this.#first = null;
    sys().close({ fd: first.pidfd });
  }

  async #endFirst(): Promise<void> {
    const first = this.#first;
    this.#first = null;
    if (first !== null) await killAndReap(first);
  }

  /**
   * Reads a message about a sibling, and checks its sender with the kernel. The process is not killed at once: killed between clone(2) and
   * that message, it would leave a sibling that nobody knows of, and so nobody reaps. The sibling waits for our reply: it executes nothing.
   */
  async #hearOfSibling(): Promise<void> {
    const { pid, pidfd } = this.#process;
    let killed = false;
    // A process of the container that has a copy of the socket could send messages without end.
    for (let count = 0; count < mostLastWords; count++) {
      if ((await undisturbed(() => sys().whenReadable({ fds: [this.#socket], timeout: lastWords }))) < 0) {
        if (killed) return;
        kill({ pidfd });
        killed = true;
        continue;
      }
      const { type, sender, value } = sys().receive({ socket: this.#socket, descriptor: false });
      if (type === messageType.respawned && sender === pid) this.#named = value;
      if (type === messageType.closed || this.#named > 0) return;
    }
  }

  async #endSibling(): Promise<void> {
    const pid = this.#named;
    this.#named = 0;
    if (pid > 0) await killAndReap({ pidfd: this.#openSibling(pid) });
  }
}
