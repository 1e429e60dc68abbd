import { undisturbed } from '../../../errors/interruption.js';
import { RuntimeError } from '../../../errors/runtime_error.js';
import { isAlive, type ProcessName } from '../../../host/process.js';
import { killAndReap } from '../../../init/reap.js';
import { sys, isSystemError } from '../../../sys/call.js';
import type { Fd } from '../../../sys/contract.js';
import { reapEnded } from '../../../sys/reap_ended.js';
import { findProgram } from './program.js';

const O_RDWR = 2;
/** Milliseconds. The programs wait for each other. */
const timeoutMs = 10_000;

/** CRIU's chain, which drops every packet that is not CRIU's own. */
const chain = 'CRIU';

/** A container, with the name of its init, by whose number CRIU names its table of nftables. */
export interface LockedNetwork extends ProcessName {
  readonly id: string;
}

/**
 * Removes the rules by which a killed CRIU has blocked the network of a container, with the programs that CRIU itself uses. In the host's
 * network namespace CRIU makes rules for single connections, which could be another CRIU's: those stay.
 */
export async function unlockNetwork(locked: LockedNetwork): Promise<void> {
  const { pid } = locked;
  const network = openNetwork(locked);
  if (network < 0) return;
  const nothing = sys().open({ path: '/dev/null', flags: O_RDWR });
  try {
    const call = (name: string, ...args: string[]): Promise<boolean> => succeeds({ name, args, network, nothing });
    const isOfHost = sys().status({ path: '/proc/self/ns/net', follow: true })?.inode === inodeOf(network);
    if (!isOfHost) for (const name of ['iptables', 'ip6tables']) await removeChain(locked, name, call);
    const table = ['table', 'inet', `${chain}-${pid}`] as const;
    if ((await call('nft', 'list', ...table)) && !(await call('nft', 'delete', ...table)))
      throw blocked(locked, `nft delete ${table.join(' ')}`);
  } finally {
    sys().close({ fd: nothing });
    sys().close({ fd: network });
  }
}

async function removeChain(
  network: LockedNetwork,
  name: string,
  call: (name: string, ...args: string[]) => Promise<boolean>,
): Promise<void> {
  if (!(await call(name, '-w', '-S', chain))) return;
  for (const hook of ['INPUT', 'OUTPUT']) await call(name, '-w', '-D', hook, '-j', chain);
  await call(name, '-w', '-F', chain);
  if (!(await call(name, '-w', '-X', chain))) throw blocked(network, `${name} -X ${chain}`);
}

/** -1 if the process is gone. */
function openNetwork(init: ProcessName): Fd {
  try {
    const network = sys().open({ path: `/proc/${init.pid}/ns/net`, flags: 0 });
    // Another process may have got the number.
    if (isAlive(init)) return network;
    sys().close({ fd: network });
  } catch (error) {
    if (!isSystemError(error, 'ENOENT', 'ESRCH')) throw error;
  }
  return -1;
}

function inodeOf(fd: Fd): number | undefined {
  return sys().status({ path: '', follow: true, fd })?.inode;
}

interface Call {
  readonly name: string;
  readonly args: readonly string[];
  readonly network: Fd;
  readonly nothing: Fd;
}

/** Whether the program is installed and ends with 0. */
async function succeeds({ name, args, network, nothing }: Call): Promise<boolean> {
  const path = findProgram(name);
  if (path === null) return false;
  const child = sys().runProgram({
    path,
    args: [name, ...args],
    environment: sys().environment(),
    directory: '/',
    stdin: nothing,
    stdout: nothing,
    stderr: nothing,
    network,
  });
  if ((await undisturbed(() => sys().whenReadable({ fds: [child.pidfd], timeout: timeoutMs }))) < 0) {
    await killAndReap(child);
    return false;
  }
  try {
    return (await reapEnded(child.pidfd))?.code === 0;
  } finally {
    sys().close({ fd: child.pidfd });
  }
}

function blocked({ id, pid }: LockedNetwork, command: string): RuntimeError {
  return new RuntimeError(`unblock the network of container "${id}": "${command}" failed`, {
    code: 'setup',
    phase: 'checkpoint',
    operation: 'unblock network',
    path: id,
    hint: `CRIU was killed while it blocked the network: remove its rules, see "nsenter --target ${pid} --net iptables-save"`,
  });
}
