import {
  criuRequest,
  criuResponse,
  requestType,
  type CriuRequest,
  type CriuResponse,
} from '../../../../src/container/checkpoint/criu/messages.js';
import { decode, encode } from '../../../../src/protobuf/message.js';
import type { Sys } from '../../../../src/sys/contract.js';
import { replaceCalls } from '../../machine/host.js';
import type { Machine } from '../../machine/machine.js';
import type { Pipe } from '../../machine/kernel/descriptors.js';

export interface FakeOptions {
  /** null: it does not know the question. */
  readonly version?: readonly [number, number] | null;
  readonly hasFeatures?: boolean;
  /** The request fails, with this log. */
  readonly log?: string;
  /** It dies instead of this step, or of the answer. */
  readonly diesAt?: string;
  /** What the container's mount table says. */
  readonly mounts?: string;
  /** What that of the host says. */
  readonly hostMounts?: string;
  /** Gets the mounts that CRIU is started with. */
  readonly onMounts?: (mounts: readonly string[]) => void;
  /** Replaced calls. */
  readonly calls?: Partial<Sys>;
}

/** A CRIU on a machine in memory, in /usr/sbin/criu; returns the requests that it gets. */
export function fakeCriu(machine: Machine, options: FakeOptions = {}): readonly CriuRequest[] {
  const { sys, descriptors, processes } = machine;
  const requests: CriuRequest[] = [];
  const packets: { readonly data: Uint8Array; readonly fd: number }[] = [];
  let ours = -1;
  let criu = processes.make({ name: 'nobody', child: false, cgroup: null });
  processes.all.delete(criu.pid);
  let steps: (() => void)[] = [];

  const say = (response: Partial<CriuResponse>, fd = -1): void => {
    packets.push({ data: encode(criuResponse, response), fd });
  };
  const step = (script: string, pid = 0, fd = -1): (() => void) => {
    return () => {
      if (options.diesAt === script) processes.end(criu, { code: -1, signal: 9 });
      else say({ type: requestType.notify, success: true, notify: { script, pid } }, fd);
    };
  };
  const work = ({ type = 0, opts = {} }: CriuRequest): void => {
    const { cgroup } = criu;
    const end = (): void => {
      if (type === requestType.dump && opts.leave_running !== true) processes.signal(processes.find(opts.pid ?? 0), 9);
      say({ type, success: true });
    };
    if (options.log !== undefined)
      steps = [
        () => {
          say({ type, success: false, cr_errno: 5 });
        },
      ];
    else if (type === requestType.restore) {
      const made = processes.make({ name: 'restored', child: true, cgroup });
      const terminal = descriptors.add({ kind: 'other', what: 'terminal master' });
      steps = [
        step('setup-namespaces', made.pid),
        step('orphan-pts-master', 0, terminal),
        step('post-restore', made.pid),
        () => {
          say({ type, success: true, restore: { pid: made.pid } });
        },
      ];
    } else steps = [step('status-ready'), step('post-dump'), end];
    steps.shift()?.();
  };
  const answer = (request: CriuRequest): void => {
    if (request.type === requestType.notify) {
      steps.shift()?.();
      return;
    }
    requests.push(request);
    const { version = [4, 2], hasFeatures = true } = options;
    if (request.type === requestType.version)
      say({
        type: request.type,
        success: version !== null,
        ...(version === null ? {} : { version: { major_number: version[0], minor_number: version[1] } }),
      });
    else if (request.type === requestType.featureCheck)
      say({ type: request.type, success: true, features: { mem_track: hasFeatures, lazy_pages: hasFeatures } });
    else work(request);
  };

  const inRoot = (path: string): string =>
    path.replace(/^\/proc\/(\d+)\/root/, (_, pid: string) => (Number(pid) === criu.pid ? '' : '/bundle/rootfs'));
  const read = new Set<number>();
  replaceCalls(machine, {
    socketPair: (o) => {
      if (o.packets !== true) return sys.socketPair(o);
      const pipe: Pipe = { text: '', writers: 1, endless: true };
      ours = descriptors.add({ kind: 'read', pipe });
      return [ours, descriptors.add({ kind: 'other', what: 'socket of CRIU' })];
    },
    runProgram: (o) => {
      if (o.path !== '/usr/sbin/criu') return sys.runProgram(o);
      if (o.mounts !== undefined) options.onMounts?.(o.mounts);
      for (const log of options.log === undefined ? [] : ['dump.log', 'restore.log'])
        sys.replaceFile({ path: `/work/image/${log}`, text: '', mode: 0o600, sync: false });
      criu = processes.make({ name: 'criu', child: true, cgroup: null });
      return { pid: criu.pid, pidfd: descriptors.add({ kind: 'process', process: criu }) };
    },
    writeBytes: (o) => {
      if (o.fd !== ours) sys.writeBytes(o);
      else answer(decode(criuRequest, o.data));
    },
    receivePacket: () => packets.shift() ?? { data: new Uint8Array(0), fd: -1 },
    close: ({ fd }) => {
      if (fd === ours) processes.end(criu, { code: 0, signal: 0 });
      sys.close({ fd });
    },
    open: (o) =>
      o.path.startsWith('/proc/') && o.path.includes('/root')
        ? sys.open({ ...o, path: inRoot(o.path) || '/' })
        : sys.open({ ...o, path: o.path === '.' ? '' : o.path }),
    readLink: ({ path }) => {
      const fd = /^\/proc\/self\/fd\/(\d+)$/.exec(path);
      const handle = fd === null ? undefined : descriptors.open.get(Number(fd[1]));
      if (handle?.kind === 'file') return handle.node.path;
      return /^\/proc\/\d+\/fd\/1$/.test(path) ? 'pipe:[7]' : path.startsWith('/proc/self') ? sys.readLink({ path }) : '/dev/null';
    },
    readText: (o) => {
      const table = '1 0 8:1 / / rw - ext4 /dev/sda rw\n';
      if (o.path === '/proc/self/mountinfo') return options.hostMounts ?? table;
      return /^\/proc\/\d+\/mountinfo$/.test(o.path) ? (options.mounts ?? table) : sys.readText(o);
    },
    readSome: (o) => {
      const handle = descriptors.open.get(o.fd);
      if (handle?.kind !== 'file') return sys.readSome(o);
      const text = read.has(o.fd) ? '' : (options.log ?? '');
      read.add(o.fd);
      return Buffer.from(text);
    },
    ...options.calls,
  });
  return requests;
}

export const files = {
  '/usr/sbin/criu': '',
  '/work/image/tsrun.json': '{"descriptors":["","pipe:[7]","pipe:[7]"],"externalMounts":[]}',
};
