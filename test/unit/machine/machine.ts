import type { FileStatus, ProcessExit, Sys } from '../../../src/sys/contract.js';
import { Cgroups } from './cgroups.js';
import { channel } from './channel.js';
import { decodePlan } from './decode.js';
import { closeWriter, Descriptors, type Handle, type Pipe } from './descriptors.js';
import { Processes, type Process } from './processes.js';
import { Resctrl } from './resctrl.js';
import { fail, filesystems, Tree, type Node } from './tree.js';
import { TsrunInit, type InitWorld } from './tsrun_init.js';

export interface MachineOptions {
  /** By absolute path; null for a directory. */
  readonly files?: Readonly<Record<string, string | null>>;
  readonly environment?: readonly string[];
  /** Programs of the host, by path. */
  readonly programs?: Readonly<Record<string, HostProgram>>;
  /** How the user's program ends under `supervise`. */
  readonly exit?: ProcessExit;
  readonly script?: InitWorld['script'];
  /** How every program ends immediately after it is executed. */
  readonly ending?: ProcessExit;
  /** What every program does when it is executed. */
  readonly program?: InitWorld['program'];
  /**
   * Whether a wait without a limit may last until something else happens, as on Node.js. Otherwise it is a mistake, because nothing would
   * end it.
   */
  readonly patient?: boolean;
  readonly withoutCgroupKill?: boolean;
  readonly terminals?: boolean;
  /** Whether resctrl is mounted in its usual place. */
  readonly resctrl?: boolean;
  /** A signal that has arrived and that nobody waited for. */
  readonly deferredSignal?: number;
}

/** A program of the host: what it writes, and how it ends. */
export interface HostProgram {
  readonly code?: number;
  readonly signal?: number;
  readonly stdout?: string;
  readonly stderr?: string;
  /** It ends only when it is killed; `talks`: and writes without pause until then. */
  readonly until?: 'killed' | 'killed, talks';
}

const O_CREAT = 0o100;
const O_EXCL = 0o200;
const O_APPEND = 0o2000;
const RESOLVE_IN_ROOT = 0x10;

/** What is open, and where. */
type Waiter = { readonly fds: readonly number[]; readonly resolve: (index: number) => void };

/**
 * A machine in memory, with what the conductor needs: files with inodes, descriptors, flock(2), cgroups, processes that have to be reaped,
 * sockets, and a tsrun-init that does what its plan says. It fails with the kernel's errors, and records what the kernel does not:
 * mistakes.
 */
export class Machine {
  readonly tree = new Tree();
  readonly processes = new Processes();
  readonly descriptors = new Descriptors();
  readonly cgroups: Cgroups;
  readonly resctrl: Resctrl | null;
  readonly inits: TsrunInit[] = [];
  /** Everything that was written to standard output and error. */
  readonly written = { 1: '', 2: '' };
  /** What was sent to sockets of the host. */
  readonly sent: string[] = [];
  readonly sys: Sys;
  readonly #options: MachineOptions;
  #now = 0;
  #mount = 100;
  #waiters: Waiter[] = [];

  constructor(options: MachineOptions = {}) {
    this.#options = options;
    this.cgroups = new Cgroups({
      tree: this.tree,
      processes: this.processes,
      path: '/sys/fs/cgroup',
      hasKill: options.withoutCgroupKill !== true,
    });
    this.resctrl = options.resctrl === true ? new Resctrl({ tree: this.tree, processes: this.processes, path: '/sys/fs/resctrl' }) : null;
    for (const [path, text] of Object.entries(options.files ?? {})) this.tree.plant(path, text);
    this.processes.changed = () => {
      this.wake();
    };
    this.sys = this.#makeSys();
  }

  /** Ends the program: its descriptors are closed, its children get another parent, and the next program starts. */
  nextProgram(): void {
    for (const fd of [...this.descriptors.open.keys()]) if (fd > 2) this.descriptors.close(fd);
    this.processes.orphan();
    this.written[1] = '';
    this.written[2] = '';
  }

  /** Ends waits that are over. */
  wake(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) {
      const ready = waiter.fds.findIndex((fd) => this.descriptors.open.has(fd) && this.descriptors.readable(fd));
      if (ready >= 0) waiter.resolve(ready);
      else this.#waiters.push(waiter);
    }
  }

  /** A socket on which somebody listens, such as an engine's. */
  listenAt(path: string): void {
    this.tree.plant(path.slice(0, path.lastIndexOf('/')), null);
    const node = this.tree.add(path, 'socket');
    node.listens = () => true;
    node.accept = () => undefined;
  }

  #find(path: string, directory?: number): Node | null {
    const magic = /^\/proc\/self\/fd\/(\d+)(\/.*)?$/.exec(path);
    if (magic !== null) {
      const held = this.descriptors.get(Number(magic[1]), 'open');
      const node = held.kind === 'file' ? held.node : this.#ofNamespace(held);
      return this.tree.find((magic[2] ?? '').replace(/^\//, ''), node);
    }
    const process = /^\/proc\/(\d+)\/(.+)$/.exec(path);
    if (process !== null) return this.#ofProcess(Number(process[1]), process[2] as string);
    return this.tree.find(path, directory === undefined || directory < 0 ? undefined : this.descriptors.node(directory, 'openat'));
  }

  #need(path: string, call: string, directory?: number): Node {
    return this.#find(path, directory) ?? fail('ENOENT', call, path);
  }

  #ofNamespace(handle: Handle): Node {
    const node = this.tree.loose(
      'file',
      handle.kind === 'other' && handle.what.startsWith('namespace') ? filesystems.nsfs : filesystems.tmpfs,
    );
    return node;
  }

  #ofProcess(pid: number, name: string): Node | null {
    const process = this.processes.all.get(pid);
    if (process === undefined) return null;
    const node = this.tree.loose('file', name.startsWith('ns/') ? filesystems.nsfs : filesystems.proc);
    node.write = () => undefined;
    node.read = () => {
      if (name === 'stat') return this.processes.stat(process);
      if (name === 'cgroup') return `0::${process.cgroup?.path.slice(this.cgroups.mount.path.length) ?? '/'}\n`;
      return name.endsWith('_map') ? '0 100000 65536\n' : '';
    };
    return node;
  }

  #read(node: Node, path: string): string {
    if (node.kind === 'directory') fail('EISDIR', 'read', path);
    return node.read === null ? node.text : node.read();
  }

  #write(node: Node, text: string, path: string): void {
    if (node.kind === 'directory') fail('EISDIR', 'open', path);
    if (node.write === null) node.text = text;
    else node.write(text);
  }

  #splitAtName(path: string, directory: number | undefined, call: string): { readonly parent: Node; readonly name: string } {
    const at = path.lastIndexOf('/');
    const above = at < 0 ? '' : path.slice(0, at) || '/';
    return { parent: this.#need(above, call, directory), name: path.slice(at + 1) };
  }

  #create(path: string, kind: Node['kind'], directory?: number): Node {
    const { parent, name } = this.#splitAtName(path, directory, 'open');
    return this.tree.add(name, kind, parent);
  }

  #status(node: Node | null): FileStatus | null {
    if (node === null) return null;
    const { kind, inode, text, mount } = node;
    const where = { mount: mount ?? 1, mountRoot: mount !== null };
    return { kind, mode: 0o755, uid: 0, gid: 0, size: text.length, inode, device: 1, major: 0, minor: 0, ...where };
  }

  #lock(handle: Handle & { readonly kind: 'file' }): boolean {
    if (handle.node.lock !== null && handle.node.lock !== handle) return false;
    handle.node.lock = handle;
    return true;
  }

  #clone({ sockets, fds, cgroup, stdio, preserve }: Parameters<Sys['spawn']>[0]): { readonly init: TsrunInit; readonly process: Process } {
    const end = this.descriptors.end(sockets[1] as number, 'clone3');
    // The child has its own from now on.
    this.descriptors.open.delete(sockets[1] as number);
    const place = cgroup < 0 ? null : this.descriptors.node(cgroup, 'clone3');
    if (place?.linked === false) {
      end.close();
      fail('ENODEV', 'clone3', 'tsrun-init');
    }
    const entered = fds.map((fd) => this.descriptors.get(fd, 'clone3')).find((handle) => handle.kind === 'process');
    const init = entered?.kind === 'process' ? entered.process : null;
    const process = this.processes.make({ name: 'tsrun-init', child: true, cgroup: place, init });
    const made = new TsrunInit({
      world: {
        processes: this.processes,
        directory: () => this.tree.loose('directory', filesystems.tmpfs),
        mount: (path, directory) => {
          this.tree.plant(path, null, directory).mount = this.#mount++;
        },
        ending: this.#options.ending,
        program: this.#options.program,
        script: this.#options.script ?? (() => undefined),
      },
      process,
      end,
      handed: fds.map((fd) => this.descriptors.get(fd, 'clone3')),
      preserve,
      streams: this.#streams(stdio),
    });
    this.inits.push(made);
    this.#byEnd.set(end, made);
    return { init: made, process };
  }

  #streams(stdio: readonly number[]): readonly (Handle | undefined)[] {
    return stdio.map((fd) => this.descriptors.open.get(fd));
  }

  readonly #byEnd = new Map<object, TsrunInit>();

  #run(path: string, streams: readonly number[]): Process {
    const program = this.#options.programs?.[path] ?? fail('ENOENT', 'execve', path);
    const process = this.processes.make({ name: path, child: true, cgroup: null });
    for (const [index, text] of [program.stdout, program.stderr].entries()) {
      const handle = this.descriptors.open.get(streams[index] as number);
      if (handle?.kind === 'file') handle.node.text += text ?? '';
      if (handle?.kind !== 'write') continue;
      const { pipe } = handle;
      pipe.text += text ?? '';
      pipe.writers++;
      pipe.endless = program.until === 'killed, talks';
      process.atEnd.push(() => {
        pipe.endless = false;
        closeWriter(pipe);
      });
    }
    if (program.until === undefined) this.processes.end(process, { code: program.code ?? 0, signal: program.signal ?? 0 });
    return process;
  }

  #makeSys(): Sys {
    const { tree, descriptors, processes, cgroups } = this;
    const options = this.#options;
    const made: Partial<Sys> = {
      open: ({ path, directory, resolve }) => {
        const inRoot = directory !== undefined && ((resolve ?? 0) & RESOLVE_IN_ROOT) !== 0;
        if (inRoot) return descriptors.add({ kind: 'file', node: this.#need(path.replace(/^\/+/, ''), 'openat2', directory) });
        if (path === '/dev/tty' && options.terminals !== true) fail('ENXIO', 'openat2', path);
        if (path === '/dev/null' || path === '/dev/tty') return descriptors.add({ kind: 'other', what: path });
        if (path.includes('/ns/')) return descriptors.add({ kind: 'other', what: `namespace ${path}` });
        return descriptors.add({ kind: 'file', node: this.#need(path, 'openat2', directory) });
      },
      close: ({ fd }) => {
        descriptors.close(fd);
      },
      readText: ({ path, directory }) => this.#read(this.#need(path, 'open', directory), path),
      readBytes: ({ path }) => Buffer.from(this.#read(this.#need(path, 'open'), path)),
      readSome: ({ fd, limit }) => {
        const handle = descriptors.get(fd, 'read');
        if (handle.kind !== 'read') return fail('EBADF', 'read', String(fd));
        if (handle.pipe.endless) return Buffer.from('talk '.repeat(limit / 5));
        const bytes = Buffer.from(handle.pipe.text.slice(0, limit));
        handle.pipe.text = handle.pipe.text.slice(limit);
        return bytes;
      },
      watchFile: ({ path }) => {
        const node = this.#need(path, 'inotify_add_watch');
        const pipe: Pipe = { text: '', writers: 1, endless: false };
        node.watches.push(pipe);
        return descriptors.add({ kind: 'read', pipe });
      },
      readFd: ({ fd, limit }) => {
        const handle = descriptors.get(fd, 'read');
        if (handle.kind !== 'read') return fail('EBADF', 'read', String(fd));
        const { text } = handle.pipe;
        if (Buffer.byteLength(text) > limit) fail('EFBIG', 'read', String(fd));
        handle.pipe.text = '';
        return text;
      },
      writeFile: ({ path, text, flags, directory }) => {
        let node = this.#find(path, directory);
        if (node !== null && (flags & O_EXCL) !== 0) fail('EEXIST', 'open', path);
        if (node === null && (flags & O_CREAT) === 0) fail('ENOENT', 'open', path);
        node ??= this.#create(path, 'file', directory);
        this.#write(node, (flags & O_APPEND) !== 0 && node.write === null ? node.text + text : text, path);
      },
      writeText: ({ fd, text }) => {
        if (fd === 1 || fd === 2) this.written[fd] += text;
        else descriptors.get(fd, 'write');
      },
      writeBytes: ({ fd, data }) => {
        const handle = descriptors.get(fd, 'write');
        if (handle.kind === 'file') handle.node.text += Buffer.from(data).toString();
        else this.sent.push(Buffer.from(data).toString());
      },
      memoryFile: ({ text }) => {
        const node = tree.loose('file', filesystems.tmpfs);
        node.text = text;
        return descriptors.add({ kind: 'file', node });
      },
      replaceFile: ({ path, text, directory }) => {
        const { parent, name } = this.#splitAtName(path, directory, 'open');
        if (!parent.linked) fail('ENOENT', 'open', path);
        const before = parent.entries.get(name);
        if (before?.kind === 'directory') fail('EISDIR', 'rename', path);
        tree.attach(parent, name, tree.loose('file', parent.filesystem)).text = text;
      },
      digest: ({ text }) => Buffer.from(text).toString('hex').padEnd(64, '0').slice(0, 64),
      makeDirectory: ({ path }) => {
        const { parent, name } = this.#splitAtName(path, undefined, 'mkdir');
        if (parent.entries.has(name)) fail('EEXIST', 'mkdir', path);
        if (parent.filesystem === filesystems.cgroup2) cgroups.make(`${parent.path}/${name}`);
        else if (parent.filesystem === filesystems.resctrl) this.resctrl?.make(`${parent.path}/${name}`);
        else tree.add(name, 'directory', parent);
      },
      removeDirectory: ({ path }) => {
        const node = this.#need(path, 'rmdir');
        if (node.filesystem === filesystems.cgroup2) cgroups.remove(node);
        else if (node.filesystem === filesystems.resctrl) tree.detach(node);
        else if (node.entries.size > 0) fail('ENOTEMPTY', 'rmdir', path);
        else tree.detach(node);
      },
      unlink: ({ path }) => {
        tree.detach(this.#need(path, 'unlink'));
      },
      rename: ({ from, to }) => {
        const node = this.#need(from, 'rename');
        const { parent, name } = this.#splitAtName(to, undefined, 'rename');
        tree.detach(node);
        tree.attach(parent, name, node);
      },
      removeTree: ({ path, fd }) => {
        const held = fd === undefined ? this.#find(path) : descriptors.node(fd, 'unlinkat');
        held?.entries.clear();
        if (held !== null) tree.detach(held);
      },
      listDirectory: ({ path }) => [...this.#need(path, 'open').entries.keys()],
      status: ({ path, fd }) => {
        if (path === '' && fd !== undefined) {
          const handle = descriptors.get(fd, 'statx');
          if (handle.kind === 'other' && handle.what === 'terminal master')
            return { ...(this.#status(tree.root) as FileStatus), kind: 'character', major: 5, minor: 2 };
          return this.#status(handle.kind === 'file' ? handle.node : null);
        }
        return this.#status(this.#find(path));
      },
      access: ({ path }) => this.#find(path) !== null,
      realPath: ({ path }) => {
        const absolute = path.startsWith('/') ? path : `/work/${path}`;
        return this.#need(absolute.replace(/\/\.$/, ''), 'realpath').path;
      },
      readLink: ({ path }) => {
        if (path === '/proc/self/ns/user') return 'user:[4026531837]';
        const fd = /^\/proc\/self\/fd\/(\d+)$/.exec(path);
        const handle = fd === null ? undefined : descriptors.open.get(Number(fd[1]));
        return handle?.kind === 'other' ? handle.what : fail('EINVAL', 'readlink', path);
      },
      filesystemType: ({ path }) => this.#need(path, 'statfs').filesystem,
      openOwnDirectory: ({ path }) => {
        const node = this.#need(path, 'open');
        if (node.kind !== 'directory') fail('ENOTDIR', 'open', path);
        return descriptors.add({ kind: 'file', node });
      },
      takeDirectory: ({ path }) => {
        const node = this.#create(path, 'directory');
        const handle: Handle = { kind: 'file', node };
        this.#lock(handle);
        return descriptors.add(handle);
      },
      hasChanged: () => false,
      lockDirectory: ({ path, fd }) => {
        const node = this.#need(path, 'open');
        if (node.kind !== 'directory') fail('ENOTDIR', 'open', path);
        if (fd !== undefined) {
          const held = descriptors.get(fd, 'flock');
          if (held.kind !== 'file' || held.node !== node) return fail('ENOENT', 'open', path);
          return this.#lock(held) ? fd : -1;
        }
        const handle: Handle = { kind: 'file', node };
        return this.#lock(handle) ? descriptors.add(handle) : -1;
      },
      unlockDirectory: ({ fd }) => {
        descriptors.node(fd, 'flock').lock = null;
      },

      ids: () => ({ pid: 77, uid: 0, euid: 0, egid: 0, secure: false }),
      capabilities: () => ({ bounding: 2 ** 41 - 1, last: 40 }),
      encodeText: ({ text }) => Buffer.from(text),
      uname: () => ({ release: '6.1.0', machine: 'x86_64', hostname: 'host', domainname: '' }),
      environment: () => options.environment ?? ['PATH=/usr/bin'],
      variable: ({ name }) => (options.environment ?? []).find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1) ?? null,
      workingDirectory: () => '/work',
      clock: () => ({ realtime: 1_700_000_000_000 + this.#now, nanoseconds: 0, monotonic: this.#now * 1e6 }),
      versions: () => ({ seccomp: '2.5.4', engine: 'none' }),
      cpuAffinity: () => '0-1',
      raiseLimit: ({ pid }) => void processes.find(pid),

      openProcess: ({ pid }) => descriptors.add({ kind: 'process', process: processes.find(pid) }),
      signalProcess: ({ pidfd, signal }) => {
        processes.signal(descriptors.process(pidfd, 'pidfd_send_signal'), signal);
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
          this.#now += timeout;
          return -1;
        }
        if (options.patient === true) return new Promise((resolve) => this.#waiters.push({ fds, resolve }));
        descriptors.mistakes.push('a wait that nothing ends');
        return fail('EDEADLK', 'poll', fds.join());
      },
      runProgram: ({ path, stdout, stderr }) => {
        const process = this.#run(path, [stdout, stderr]);
        return { pid: process.pid, pidfd: descriptors.add({ kind: 'process', process }) };
      },

      spawn: (o) => {
        const { process } = this.#clone(o);
        return { pid: process.pid, pidfd: descriptors.add({ kind: 'process', process }) };
      },
      spawnHere: ({ plan, ...o }) => {
        const { init, process } = this.#clone(o);
        const pidfd = descriptors.add({ kind: 'process', process });
        init.begin(decodePlan(plan));
        return { pid: process.pid, pidfd };
      },
      sendPlan: ({ socket, plan, fds, stdio }) => {
        const { peer } = descriptors.end(socket, 'sendmsg');
        if (peer?.open !== true) return fail('EPIPE', 'sendmsg', 'tsrun-init');
        this.#byEnd.get(peer)?.begin(
          decodePlan(plan),
          fds?.map((fd) => descriptors.get(fd, 'sendmsg')),
          stdio === undefined ? undefined : this.#streams(stdio),
        );
      },
      receive: ({ socket, descriptor }) => {
        const end = descriptors.end(socket, 'recvmsg');
        const next = end.arrived.shift();
        // A descriptor that nobody expects is closed (native/core/init.cc).
        if (next?.message !== undefined && next.handle !== undefined && descriptor)
          return { ...next.message, fd: descriptors.add(next.handle) };
        if (next?.message !== undefined) return next.message;
        if (end.peer?.open === true) return fail('EAGAIN', 'recvmsg', 'tsrun-init');
        return { type: 0, operation: 0, op: 0, step: 0, errno: 0, value: 0, text: '', sender: 0, fd: -1 };
      },
      reply: ({ socket, value }) => {
        const { peer } = descriptors.end(socket, 'sendmsg');
        if (peer?.open !== true) return fail('EPIPE', 'sendmsg', 'tsrun-init');
        peer.listen?.(value);
      },
      hasUnread: ({ socket }) => {
        const { peer } = descriptors.end(socket, 'ioctl');
        return peer !== null && this.#byEnd.get(peer)?.unread === true;
      },
      deferSignals: () => undefined,
      deferredSignal: () => options.deferredSignal ?? 0,
      holdSignals: () => undefined,
      supervise: ({ pidfd }) => {
        const process = descriptors.process(pidfd, 'waitid');
        processes.end(process, options.exit ?? { code: 0, signal: 0 });
        return processes.reap(process) ?? fail('EINVAL', 'waitid', String(process.pid));
      },
      loadDeviceProgram: () => descriptors.add({ kind: 'other', what: 'device program' }),
      attachDeviceProgram: ({ cgroup, program }) => {
        descriptors.node(cgroup, 'bpf');
        descriptors.get(program, 'bpf');
      },
      becomeSubreaper: () => undefined,
      cloneMount: () => descriptors.add({ kind: 'other', what: 'mount' }),
      idmapMount: ({ mount }) => void descriptors.get(mount, 'mount_setattr'),
      makeUserNamespace: () => descriptors.add({ kind: 'other', what: 'user namespace' }),
      moveNetDevice: ({ network }) => void descriptors.get(network, 'rtnetlink'),

      cgroupProcesses: ({ directory }) => cgroups.below(descriptors.node(directory, 'open')).map(({ pid }) => pid),
      removeCgroupsBelow: ({ directory }) => cgroups.removeBelow(descriptors.node(directory, 'open')),
      setAttribute: ({ path, fd, name, value }) => {
        const { attributes } = fd === undefined ? this.#need(path, 'setxattr') : descriptors.node(fd, 'setxattr');
        if (attributes.has(name)) return false;
        attributes.set(name, value);
        return true;
      },
      removeAttribute: ({ fd, name }) => void descriptors.node(fd, 'removexattr').attributes.delete(name),
      attribute: ({ path, fd, name }) => {
        const node = fd === undefined ? this.#find(path) : descriptors.node(fd, 'getxattr');
        return node?.attributes.get(name) ?? null;
      },

      socketPair: () => channel().map((end) => descriptors.add({ kind: 'socket', end })),
      listenUnix: ({ path }) => descriptors.add({ kind: 'file', node: this.#create(path, 'socket') }),
      connectUnix: ({ path, word }) => {
        const node = this.#need(path, 'connect');
        if (!node.listens()) fail('ECONNREFUSED', 'connect', path);
        const [ours, theirs] = channel();
        node.accept?.(theirs);
        if (word !== undefined) theirs.listen?.(word);
        return descriptors.add({ kind: 'socket', end: ours });
      },
      isListening: ({ path }) => this.#find(path)?.listens() === true,
      sendFd: ({ socket, fd, data }) => {
        const { peer } = descriptors.end(socket, 'sendmsg');
        descriptors.get(fd, 'sendmsg');
        if (peer?.open !== true) fail('EPIPE', 'sendmsg', String(socket));
        if (peer !== null && peer.listen !== null) peer.listen(0);
        else this.sent.push(data);
      },
      receiveFd: ({ socket }) => {
        const next = descriptors.end(socket, 'recvmsg').arrived.shift();
        return next?.handle === undefined ? fail('ENODATA', 'recvmsg', String(socket)) : descriptors.add(next.handle);
      },
      pipe: () => {
        const pipe: Pipe = { text: '', writers: 1, endless: false };
        return [descriptors.add({ kind: 'read', pipe }), descriptors.add({ kind: 'write', pipe })];
      },
      checkStreams: ({ stdio }) => {
        for (const fd of stdio) descriptors.get(fd, 'hand over');
      },
      copyStream: ({ fd }) => descriptors.add(descriptors.get(fd, 'hand over')),
      giveAway: ({ fd }) => void descriptors.open.delete(fd),
      isInherited: ({ fd }) => descriptors.open.has(fd),
      isTerminal: ({ fd }) => options.terminals === true && fd <= 2,
      terminalSize: () => ({ rows: 24, columns: 80 }),
      resizeTerminal: ({ fd }) => void descriptors.get(fd, 'ioctl'),
      bindDatagram: ({ path }) => {
        this.#create(path, 'socket');
        return descriptors.add({ kind: 'read', pipe: { text: 'READY=1', writers: 1, endless: false } });
      },
      connectDatagram: ({ path }) => {
        if (!this.#need(path, 'connect').listens()) fail('ECONNREFUSED', 'connect', path);
        const [ours] = channel();
        return descriptors.add({ kind: 'socket', end: ours });
      },

      compileSeccomp: () => new Uint8Array(8),
      knowsSeccompFlags: () => true,
      takeFd: ({ pidfd }) => {
        descriptors.process(pidfd, 'pidfd_getfd');
        return descriptors.add({ kind: 'other', what: 'anon_inode:seccomp notify' });
      },
      replaceBytes: ({ path, data, directory }) => {
        made.replaceFile?.({
          path,
          text: Buffer.from(data).toString('latin1'),
          mode: 0,
          sync: false,
          ...(directory === undefined ? {} : { directory }),
        });
      },
    };
    return new Proxy(made as Sys, {
      get(target, name: string) {
        const call: unknown = target[name as keyof Sys];
        if (call === undefined) throw new Error(`the machine has no ${name}`);
        return call;
      },
    });
  }
}
