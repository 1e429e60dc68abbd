import { cannotExecInPaused, cannotExecInStopped, containerIsBeingCreated } from '../../errors/catalogue.js';
import { cleanUp } from '../../errors/clean_up.js';
import { readHostFacts } from '../../host/read.js';
import { sys, isSystemError } from '../../sys/call.js';
import type { Fd } from '../../sys/contract.js';
import { buildExecPlan } from '../../plan/exec.js';
import type { ContainerPlan, ExecInput } from '../../plan/types.js';
import type { ResctrlGroup } from '../../resctrl/group.js';
import { checkProcess } from '../../bundle/check_process.js';
import type { ContainerRecord } from '../../state/record.js';
import { statusOf } from '../state/status.js';
import type { Child } from '../../init/child.js';
import { openConsole, ownTerminalSize, plainLines, takeMaster, type Console } from '../create/console.js';
import { openDescriptors } from '../../init/descriptors.js';
import { spawnInCgroup } from './cgroup.js';
import { spawnIntoFrozen } from './into_frozen.js';
import { execProcess } from './process.js';
import { exitCode } from '../exit_code.js';
import { checkPidFile, openStreams, sendPidfd, writePidFile } from '../../init/streams.js';
import { diedBeforeExecution } from '../../init/failures/died.js';
import { follow } from '../../init/handshake.js';
import { unlessLost } from '../lost.js';
import type { ExecutionRequest } from '../options.js';
import { deniesGroups } from '../rootless/groups.js';
import { placedDescriptors, preserved } from '../create/preserve.js';
import { compileFilter } from '../../seccomp/filter.js';
import { enterResctrl, resctrlOf } from '../resctrl.js';
import { serveListener } from '../listener.js';
import { silenceOf, type Silent } from '../../init/silence.js';
import { sendFirstPlan, spawn, spawnWaiting } from '../../init/spawn.js';

/** A process that runs in a container. Both belong to the caller. */
export interface Entered {
  readonly child: Child;
  /** The terminal's master if it is ours, otherwise -1. */
  readonly master: Fd;
}

/** Runs a process in a container. Returns its exit code, or 0 immediately if it is detached. */
export async function execInContainer(request: ExecutionRequest): Promise<number> {
  sys().deferSignals();
  const { child, master } = await beginExec(request);
  if (request.detach === true) return 0;
  // Signals that are already pending are for the process, too.
  await sys().holdSignals();
  try {
    return exitCode(sys().supervise({ pidfd: child.pidfd, master, forward: true }));
  } catch (error) {
    if (master >= 0) sys().close({ fd: master });
    throw await cleanUp(error, [() => child.killAndReap()]);
  }
}

/** Starts a process in a container and returns when its program runs. Throws if execve(2) fails. */
export function beginExec(request: ExecutionRequest): Promise<Entered> {
  return unlessLost({ container: request, stopped: () => cannotExecInStopped(request.id) }, (record) => execIn(request, record));
}

async function execIn(request: ExecutionRequest, record: ContainerRecord): Promise<Entered> {
  const systemd = record.systemdBus === 'user' ? await import('../systemd/index.js') : null;
  await systemd?.loadSystemd();
  const opened: Fd[] = [];
  let child: Child | null = null;
  let master: Fd = -1;
  try {
    const init = openInit(record, opened);
    const status = statusOf({ root: request.root, record });
    if (status === 'stopped') throw cannotExecInStopped(request.id);
    if (status === 'paused' && request.ignorePaused !== true) throw cannotExecInPaused(request.id);
    const entry = { ...prepare(request, record, opened, init), frozen: status === 'paused' };
    const entered = (child = await enter(entry, opened, systemd));
    enterResctrl(entry.resctrl, entered.pid);
    const end = await follow({
      socket: entered.socket,
      process: () => entered.pidfd,
      silence: silenceOf({ phase: 'exec', pid: () => entered.pid, look: () => lookAt(entered, request) }),
      operations: entry.plan.operations,
      phase: 'exec',
      passing: true,
      onSync: (message) => serveListener({ message, pidfd: entered.pidfd, pid: entered.pid, record, root: request.root }),
      succession: {
        first: entered.pid,
        onRespawned: (pid) => {
          const rest = entered.adopt(pid);
          // It may have been cloned before the first process joined the group.
          enterResctrl(entry.resctrl, pid);
          return rest;
        },
      },
    });
    if (end !== 'running') throw diedBeforeExecution({ pid: entered.pid, phase: 'exec' });
    master = takeMaster(entry.console);
    if (request.pidFile !== undefined) writePidFile(request.pidFile, entered.pid);
    if (request.pidfdSocket !== undefined) sendPidfd(request.pidfdSocket, entered.pidfd);
    entered.closeSocket();
    return { child: entered, master };
  } catch (error) {
    // First, because the rest may need descriptors (EMFILE).
    if (master >= 0) opened.push(master);
    closeAll(opened);
    const entered = child;
    throw await cleanUp(error, entered === null ? [] : [() => entered.killAndReap()]);
  } finally {
    closeAll(opened);
  }
}

function closeAll(opened: Fd[]): void {
  for (const fd of opened.splice(0)) sys().close({ fd });
}

/** In a paused container the process is frozen, as the caller asked. */
function lookAt({ pidfd }: Child, { ignorePaused }: ExecutionRequest): ReturnType<Silent['look']> {
  if (sys().hasHalted({ pidfd }) && !sys().hasEnded({ pidfd })) return 'stopped';
  return ignorePaused === true ? 'busy' : 'silent';
}

/** What is known before the process is cloned. */
interface Entry {
  readonly request: ExecutionRequest;
  readonly input: ExecInput;
  readonly plan: ContainerPlan;
  readonly record: ContainerRecord;
  readonly console: Console | null;
  readonly resctrl: ResctrlGroup | null;
  /** The container's init. */
  readonly init: Fd;
  /** Whether the container is paused, so its cgroup is frozen. */
  readonly frozen: boolean;
}

function prepare(request: ExecutionRequest, record: ContainerRecord, opened: Fd[], init: Fd): Omit<Entry, 'frozen'> {
  if (request.pidFile !== undefined) checkPidFile(request.pidFile);
  const process = execProcess(request, record);
  const host = readHostFacts();
  checkProcess({ process, spec: record.spec, host, warn: request.warn });
  const console = openConsole(
    {
      terminal: process.terminal === true,
      detached: request.detach === true,
      consoleSocket: request.consoleSocket,
      taken: request.terminalSize !== undefined,
    },
    opened,
  );
  const kept = preserved(request);
  // If we relay the terminal, the program finds our terminal's size from the start.
  const size = console === null || console.taker < 0 ? null : (request.terminalSize ?? ownTerminalSize());
  const input: ExecInput = {
    id: request.id,
    spec: record.spec,
    rootfs: record.rootfs,
    process: size === null ? process : { ...process, consoleSize: { height: size.rows, width: size.columns } },
    host,
    noNewKeyring: record.noNewKeyring,
    preserve: kept.count,
    listenFds: kept.listenFds,
    seccompFilter: compileFilter({ seccomp: record.spec.linux?.seccomp, host }),
    plainLines: plainLines(process, request),
    keepsGroups: host.euid !== 0 && (process.user.additionalGids ?? []).length === 0 && deniesGroups(record.pid),
  };
  const resctrl = resctrlOf({ container: request, spec: record.spec, host });
  return { request, input, plan: buildExecPlan(input), record, console, resctrl, init };
}

/** Opens the container's init by pidfd. The status is read afterwards, so the pidfd never refers to another process with a reused id. */
function openInit(record: ContainerRecord, opened: Fd[]): Fd {
  if (record.pid === 0) throw containerIsBeingCreated(record.id);
  let init: Fd;
  try {
    init = sys().openProcess({ pid: record.pid });
  } catch (error) {
    if (isSystemError(error, 'ESRCH')) throw cannotExecInStopped(record.id);
    throw error;
  }
  opened.push(init);
  return init;
}

/** What is needed of container/systemd/. */
interface Systemd {
  readonly attachToUnit: (record: ContainerRecord, pid: number) => Promise<void>;
}

function enter(entry: Entry, opened: Fd[], systemd: Systemd | null): Promise<Child> {
  const { request, input, plan, record, frozen } = entry;
  const fds = openDescriptors(plan, { container: request, console: entry.console?.giver ?? -1, process: entry.init }, opened);
  const stdio = [...openStreams(request.streams, opened), ...placedDescriptors(request.given)];
  // No namespaces are created, so cloning takes the kernel less time than waking another thread.
  const cloning = { cloneFlags: plan.cloneFlags, fds, stdio, preserve: input.preserve };
  const spawnIn = (cgroup: Fd): Promise<Child> =>
    frozen && cgroup >= 0 ? spawnIntoFrozen(cloning, plan.operations, cgroup) : spawn({ ...cloning, here: true, cgroup }, plan.operations);
  const spawnAndMove = async ({ attachToUnit }: Systemd): Promise<Child> => {
    const child = await spawnWaiting({ ...cloning, cgroup: -1 }, plan.operations);
    try {
      await attachToUnit(record, child.pid);
      sendFirstPlan(child.socket, plan.operations);
      return child;
    } catch (error) {
      throw await cleanUp(error, [() => child.killAndReap()]);
    }
  };
  return spawnInCgroup({
    record,
    asked: request.cgroup,
    spawn: spawnIn,
    spawnAndMove: systemd === null ? null : () => spawnAndMove(systemd),
  });
}
