import { asRuntimeError } from '../errors/format.js';
import { fromSystem } from '../errors/from_system.js';
import { isSystemError, sys } from '../sys/call.js';
import type { Fd } from '../sys/contract.js';
import type { ServerSys } from '../sys/server.js';
import { checkFlags, type ShimFlags } from './flags.js';
import { addressFile, checkLength, groupOf, isServed, removeSocket, socketDirectory, socketPath, whileLocked } from './socket.js';
import { enterCgroup } from './cgroup.js';
import { readInput } from './input.js';
import { runcOptionsOf, type GivenOptions } from './runc_options.js';
import { decode } from '../protobuf/message.js';
import { any, bootstrapParams } from './wire/messages.js';

const stdinLimit = 4 << 20;
/** Connections that wait: containerd makes one for each container. */
const backlog = 128;

/** What containerd passes to `start`. */
interface Bootstrap {
  readonly id: string;
  readonly namespace: string;
  readonly address: string;
  readonly ttrpcAddress: string;
  readonly directory: string;
  /** The version of the answer: 3 if containerd understands it. */
  readonly version: 2 | 3;
  /** Where the server is to run; empty for the cgroup of containerd. */
  readonly cgroup: string;
}

/**
 * `start`: prints the address of the server of the container's group, and starts the server if there is none. The socket listens already,
 * so containerd can connect before the server has been loaded.
 */
export async function start(flags: ShimFlags, server: Pick<ServerSys, 'fork' | 'dismiss'>): Promise<void> {
  const bootstrap = bootstrapOf(flags);
  const group = groupOf(bootstrap.id);
  const path = socketPath({ ...bootstrap, group });
  makeDirectories(bootstrap.directory);
  const address = `unix://${path}`;
  // containerd 1.x reads the address here after a restart.
  sys().replaceFile({ path: addressFile, text: address, mode: 0o644, sync: false });
  const socket = await whileLocked(bootstrap.directory, () => listen(path));
  if (socket === null) server.dismiss();
  else forkServer(server, { ...bootstrap, debug: flags.debug, path, socket });
  const answer = bootstrap.version === 3 ? JSON.stringify({ version: 3, address, protocol: 'ttrpc' }) : address;
  sys().writeText({ fd: 1, text: answer });
}

/** The arguments without an action, as containerd's own shims start their server (containerd's pkg/shim). */
function forkServer(
  server: Pick<ServerSys, 'fork' | 'dismiss'>,
  o: Bootstrap & { readonly debug: boolean; readonly path: string; readonly socket: Fd },
): void {
  const names = ['-namespace', o.namespace, '-id', o.id, '-address', o.address];
  const args = [...names, '-socket', o.path, '-ttrpc-address', o.ttrpcAddress, ...(o.debug ? ['-debug'] : [])];
  try {
    if (o.cgroup !== '') enterCgroup(o.cgroup);
    server.fork({ args, socket: o.socket, changed: o.cgroup !== '' });
  } catch (error) {
    // Nobody will ever answer at this socket.
    removeSocket(o.path);
    throw fromSystem(error, { code: 'setup', phase: 'command', operation: 'start server', path: '/proc/self/exe' });
  }
}

function bootstrapOf(flags: ShimFlags): Bootstrap {
  const environment = (name: string): string => sys().variable({ name }) ?? '';
  const common = { id: flags.id, namespace: flags.namespace, address: flags.address, directory: socketDirectory };
  const input = readInput(stdinLimit);
  const params = paramsFrom(input, flags.id);
  if (params === null) {
    checkFlags(common);
    return { ...common, ttrpcAddress: environment('TTRPC_ADDRESS'), version: 2, cgroup: shimCgroup(optionsFrom(input)) };
  }
  const given = {
    id: params.instance_id,
    namespace: params.namespace === '' ? common.namespace : params.namespace,
    address: params.containerd_grpc_address === '' ? common.address : params.containerd_grpc_address,
    directory: params.socket_dir === '' ? common.directory : params.socket_dir,
    ttrpcAddress: params.containerd_ttrpc_address === '' ? environment('TTRPC_ADDRESS') : params.containerd_ttrpc_address,
  };
  checkFlags(given);
  return { ...given, version: 3, cgroup: shimCgroup(params.extensions.map(({ value }) => value)) };
}

/**
 * From containerd 2.3 on, standard input has these parameters; before, it has options or nothing. Only the parameters begin with the id.
 */
function paramsFrom(bytes: Uint8Array, id: string): ReturnType<typeof decode<typeof bootstrapParams>> | null {
  try {
    const params = decode(bootstrapParams, bytes);
    return params.instance_id !== '' && (id === '' || params.instance_id === id) ? params : null;
  } catch {
    return null;
  }
}

/** Before containerd 2.3, standard input is one Any with the options, or empty. */
function optionsFrom(bytes: Uint8Array): readonly GivenOptions[] {
  try {
    return [decode(any, bytes)];
  } catch {
    return []; // Create gets the options, too, and refuses them.
  }
}

function shimCgroup(given: readonly (GivenOptions | undefined)[]): string {
  return given.map((options) => runcOptionsOf(options).shim_cgroup ?? '').find((path) => path !== '') ?? '';
}

/** Returns null if a server already listens. */
function listen(path: string): Fd | null {
  checkLength(path);
  for (let tries = 0; ; tries++) {
    try {
      return sys().listenUnix({ path, backlog, mode: 0o600 });
    } catch (error) {
      const taken = isSystemError(error, 'EADDRINUSE');
      if (taken && isServed(path)) return null;
      if (!taken || tries > 0) throw fromSystem(error, { code: 'setup', phase: 'command', operation: 'listen', path });
      // The socket is that of a killed server. Nobody else is about to listen there, because we hold the lock.
      removeSocket(path);
    }
  }
}

function makeDirectories(path: string): void {
  if (sys().status({ path, follow: true }) !== null) return;
  const parent = path.slice(0, path.lastIndexOf('/'));
  if (parent !== '') makeDirectories(parent);
  try {
    sys().makeDirectory({ path, mode: 0o711 });
  } catch (error) {
    if (!isSystemError(error, 'EEXIST')) throw asRuntimeError(error);
  }
}
