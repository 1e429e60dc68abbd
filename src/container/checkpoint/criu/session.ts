import { cleanUp } from '../../../errors/clean_up.js';
import { interruptedBy, interruptionOf, undisturbed } from '../../../errors/interruption.js';
import { RuntimeError } from '../../../errors/runtime_error.js';
import { fromSystem } from '../../../errors/from_system.js';
import { signalWords } from '../../../errors/signal_words.js';
import { killAndReap, killGroup } from '../../../init/reap.js';
import { decode, encode, MalformedMessage } from '../../../protobuf/message.js';
import { sys, isSystemError } from '../../../sys/call.js';
import { reapEnded } from '../../../sys/reap_ended.js';
import type { Cloned, Fd, ProcessExit } from '../../../sys/contract.js';
import { criuFailed, criuKilled, type CriuUse } from './failure.js';
import {
  criuRequest,
  criuResponse,
  requestType,
  type CriuRequest,
  type CriuResponse,
  type Features,
  type Notification,
} from './messages.js';
import { checkVersion, findCriu } from './program.js';

/** Messages are small, but for lists of mounts, which only we send. */
const longest = 65_536;
/** Milliseconds that CRIU may take to undo a restore. */
const undoTimeoutMs = 10_000;
/** Milliseconds that each step of CRIU may take after a signal to tsrun. */
const interruptTimeoutMs = 3_000;

const tooLongHints: Readonly<Record<string, string>> = {
  ext_mnt: 'the container has too many bind mounts: mount a directory above them, or raise /proc/sys/net/core/wmem_default',
  inherit_fd: 'the names in "descriptors" of tsrun.json, or descriptors.json, of the image are too long: the image is damaged',
};

export interface CriuStart {
  readonly use: CriuUse;
  /** What CRIU, and a restored program, gets as 0, 1 and 2. */
  readonly stdio: readonly [Fd, Fd, Fd];
  /** What it gets from 4 on. */
  readonly fds: readonly Fd[];
  /** As for `runProgram` of sys. */
  readonly mounts?: readonly string[];
  /** Whether CRIU and the programs that it executes are a process group of their own. */
  readonly group: boolean;
}

/** A step of CRIU's work that it reports; it waits until this is handled. `fd` came with it, or is -1, and is the caller's. */
export type OnNotification = (notification: Notification, fd: Fd) => void | Promise<void>;

/**
 * A CRIU that works for us: `criu swrk`, which gets requests over a socket pair. It is our child, and so is the init that it restores.
 * After a signal, or an abort of the library, its next step fails, so that it undoes its work. If it takes no step, it is killed.
 */
export class CriuSession {
  readonly #use: CriuUse;
  readonly #child: Cloned;
  readonly #group: boolean;
  #socket: Fd;
  #ended = false;
  #died = false;
  #interruption: RuntimeError | null = null;

  private constructor(use: CriuUse, child: Cloned, socket: Fd, group: boolean) {
    this.#use = use;
    this.#child = child;
    this.#socket = socket;
    this.#group = group;
  }

  /** Starts CRIU and checks its version. */
  static async start({ use, stdio: [stdin, stdout, stderr], fds, mounts, group }: CriuStart): Promise<CriuSession> {
    const path = findCriu(use);
    const [socket, theirs] = sys().socketPair({ credentials: false, packets: true }) as [Fd, Fd];
    let child: Cloned;
    try {
      child = sys().runProgram({
        path,
        args: ['criu', 'swrk', '3'],
        environment: sys().environment(),
        directory: '/',
        stdin,
        stdout,
        stderr,
        fds: [theirs, ...fds],
        group,
        ...(mounts === undefined ? {} : { mounts }),
      });
    } catch (error) {
      sys().close({ fd: socket });
      throw fromSystem(error, { code: 'setup', phase: use.phase, operation: 'execute', path });
    } finally {
      sys().close({ fd: theirs });
    }
    const session = new CriuSession(use, child, socket, group);
    try {
      const { success, version } = await session.#ask({ type: requestType.version, keep_open: true });
      checkVersion(use, success ? version : undefined);
      return session;
    } catch (error) {
      throw await cleanUp(error, [() => session.kill()]);
    }
  }

  /** Whether it ended before it had finished, so that it has undone nothing. */
  get died(): boolean {
    return this.#died;
  }

  /** The error if a signal, or an abort, has come. CRIU may have finished nevertheless. */
  get interruption(): RuntimeError | null {
    return this.#interruption;
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Fails if CRIU or the kernel lacks one of these features. */
  async need(wanted: Partial<Features>): Promise<void> {
    const { success, features } = await this.#ask({ type: requestType.featureCheck, keep_open: true, features: wanted });
    const missing = (Object.keys(wanted) as (keyof Features)[]).filter(
      (name) => wanted[name] === true && (!success || features?.[name] !== true),
    );
    if (missing.length === 0) return;
    const words = { mem_track: 'tracking of changed memory', lazy_pages: 'restoring memory on demand' } as const;
    const { phase, id } = this.#use;
    throw new RuntimeError(`${phase} container "${id}": not supported here: ${missing.map((name) => words[name]).join(', ')}`, {
      code: 'unsupported',
      phase,
      operation: 'criu',
      hint: 'it needs a kernel with CONFIG_MEM_SOFT_DIRTY or CONFIG_USERFAULTFD: see "criu check --all"',
    });
  }

  /** Sends the request that CRIU was started for, and returns when it is done. */
  async request(request: CriuRequest, onNotification: OnNotification): Promise<CriuResponse> {
    const response = await this.#ask(request, onNotification);
    const { type, success, cr_errmsg: text, cr_errno: errno } = response;
    if (!success) throw this.#interruption ?? criuFailed(this.#use, text === '' ? `error ${errno}` : text);
    if (type !== request.type) throw criuFailed(this.#use, `unexpected response ${type}`);
    return response;
  }

  /** Waits until CRIU has ended. After a pre-dump it would wait for the next request; the end of the stream ends it. */
  async end(): Promise<void> {
    this.#closeSocket();
    if (this.#ended) return;
    await this.#wait(this.#child.pidfd);
    const { signal } = await this.#reap();
    if (signal > 0) this.#died = true;
  }

  /** Lets CRIU undo its work, which it does when nobody listens any more; kills it if that takes too long. */
  async giveUp(): Promise<void> {
    this.#closeSocket();
    if (this.#ended) return;
    const ready = await undisturbed(() => sys().whenReadable({ fds: [this.#child.pidfd], timeout: undoTimeoutMs }));
    if (ready < 0) await this.kill();
    else await this.#reap();
  }

  /** Kills CRIU in the middle of its work, with the programs that it has executed. */
  async kill(): Promise<void> {
    this.#closeSocket();
    if (this.#ended) return;
    this.#ended = true;
    // Until CRIU is reaped, no other group has its number.
    try {
      if (this.#group) killGroup(this.#child.pid);
    } finally {
      await killAndReap(this.#child);
    }
  }

  async #ask(request: CriuRequest, onNotification?: OnNotification): Promise<CriuResponse> {
    if (this.#interruption !== null) throw this.#interruption;
    this.#send(request);
    for (;;) {
      const { response, fd } = await this.#receive();
      if (response.type !== requestType.notify || onNotification === undefined) {
        if (fd >= 0) sys().close({ fd });
        return response;
      }
      await onNotification(response.notify ?? {}, fd);
      this.#takeSignal();
      this.#send({ type: requestType.notify, notify_success: this.#interruption === null });
    }
  }

  #send(request: CriuRequest): void {
    try {
      sys().writeBytes({ fd: this.#socket, data: encode(criuRequest, request) });
    } catch (error) {
      if (isSystemError(error, 'EMSGSIZE')) throw this.#tooLong(request);
      // The receiver then learns how CRIU ended.
      if (!isSystemError(error, 'EPIPE', 'ECONNRESET')) throw error;
    }
  }

  /** A request is one message, which must fit into the socket's buffer (socket(7), SO_SNDBUF). */
  #tooLong(request: CriuRequest): RuntimeError {
    const size = (part: CriuRequest): number => encode(criuRequest, part).length;
    const sizes = Object.entries(request.opts ?? {}).map(([name, value]) => [name, size({ opts: { [name]: value } })] as const);
    const [longestOption = ''] = sizes.sort(([, a], [, b]) => b - a)[0] ?? [];
    const { phase, id } = this.#use;
    return new RuntimeError(
      `${phase} container "${id}": the request to CRIU is too long, ${size(request)} bytes, most of them for "${longestOption}": message too long (EMSGSIZE)`,
      {
        code: 'setup',
        phase,
        operation: 'criu',
        errno: 'EMSGSIZE',
        hint: tooLongHints[longestOption] ?? 'use shorter paths, or raise /proc/sys/net/core/wmem_default',
      },
    );
  }

  async #receive(): Promise<{ readonly response: CriuResponse; readonly fd: Fd }> {
    await this.#wait(this.#socket);
    const { data, fd } = this.#packet();
    if (data.length === 0) {
      if (fd >= 0) sys().close({ fd });
      throw await this.#itsEnd();
    }
    try {
      return { response: decode(criuResponse, data), fd };
    } catch (error) {
      if (fd >= 0) sys().close({ fd });
      if (error instanceof MalformedMessage) throw criuFailed(this.#use, `malformed message: ${error.message}`);
      throw error;
    }
  }

  #packet(): { readonly data: Uint8Array; readonly fd: Fd } {
    try {
      return sys().receivePacket({ socket: this.#socket, limit: longest });
    } catch (error) {
      if (isSystemError(error, 'ECONNRESET')) return { data: new Uint8Array(0), fd: -1 };
      throw error;
    }
  }

  /** The stream has ended, so it is about to end. */
  async #itsEnd(): Promise<RuntimeError> {
    await this.#wait(this.#child.pidfd);
    const exit = await this.#reap();
    this.#died = true;
    this.#takeSignal();
    if (this.#interruption !== null) return this.#interruption;
    return exit.signal > 0
      ? criuKilled(this.#use, signalWords(exit.signal))
      : criuFailed(this.#use, `it ended with ${exit.code} and without a response`);
  }

  /** Waits until a descriptor is readable. After a signal not for long: then kills CRIU and fails with the interruption. */
  async #wait(fd: Fd): Promise<void> {
    const wait = async (): Promise<boolean> =>
      (await sys().whenReadable({ fds: [fd], timeout: this.#interruption === null ? -1 : interruptTimeoutMs })) >= 0;
    try {
      if (await wait()) return;
    } catch (error) {
      this.#interruption = interruptionOf(error);
      if (await wait()) return;
    }
    this.#died = true;
    await this.kill();
    if (this.#interruption !== null) throw this.#interruption;
  }

  /** A signal that came while nothing waited. */
  #takeSignal(): void {
    const signal = sys().deferredSignal();
    if (signal > 0) this.#interruption = interruptedBy(signal);
  }

  async #reap(): Promise<ProcessExit> {
    const unknown = { code: -1, signal: 0 };
    if (this.#ended) return unknown;
    this.#ended = true;
    try {
      return (await reapEnded(this.#child.pidfd)) ?? unknown;
    } finally {
      sys().close({ fd: this.#child.pidfd });
    }
  }

  #closeSocket(): void {
    const fd = this.#socket;
    this.#socket = -1;
    if (fd >= 0) sys().close({ fd });
  }
}
