import { withCgroup } from '../../cgroup/identity.js';
import { freezeCgroup, thawQuietly } from '../../cgroup/processes/freeze.js';
import { cleanUp } from '../../errors/clean_up.js';
import { undisturbed } from '../../errors/interruption.js';
import { isAlive, processStartTime } from '../../host/process.js';
import { RuntimeError } from '../../errors/runtime_error.js';
import { withLock } from '../../state/lock.js';
import type { ContainerRecord } from '../../state/record.js';
import { removeCheckpointRecord, writeCheckpointRecord } from '../../state/criu/checkpoint_record.js';
import { readRecord, type Store } from '../../state/store.js';
import { sys } from '../../sys/call.js';
import type { Fd } from '../../sys/contract.js';
import { cgroupOf } from '../cgroup_of.js';
import { destroyContainer, warnOf } from '../delete/destroy.js';
import { unlessLost } from '../lost.js';
import { statusOf } from '../state/status.js';
import { standardStreams } from './descriptors.js';
import { undoDump, undoInterruptedDump } from './interrupted_dump.js';
import { openImage, saveContainer, type ImageDirectories } from './image.js';
import { requestType, type CriuOptions, type Features } from './criu/messages.js';
import { externalMounts, mountsOf } from './mounts.js';
import { externalNamespaces } from './namespaces.js';
import type { CheckpointRequest } from './options.js';
import { layerToSave, saveLayer, type LayerToSave } from './overlay/save.js';
import { CriuSession } from './criu/session.js';
import { commonOptions } from './settings.js';

const O_RDWR = 2;
/** Milliseconds that processes may take to end which CRIU has killed. */
const endTimeout = 10_000;

/**
 * Saves the processes of a running container to an image with CRIU. Then removes the container, as runc does, except with `leaveRunning`
 * and `preDump`. If it fails, the container keeps running as before.
 */
export async function checkpointContainer(request: CheckpointRequest): Promise<void> {
  checkParent(request);
  await withLock(request, async (store) => {
    const record = readRecord(store);
    await undoInterruptedDump({ store, record });
    const status = statusOf({ ...store, record });
    if (status !== 'running' && status !== 'paused') throw cannotCheckpoint(record.id, status);
    const paused = status === 'paused';
    const opened: Fd[] = [];
    try {
      const stopped = (): RuntimeError => cannotCheckpoint(record.id, 'stopped');
      // What fails after it concerns a container that has ended because of it.
      const pidfd = await unlessLost({ container: store, record, stopped }, async () => {
        const init = sys().openProcess({ pid: record.pid });
        opened.push(init);
        await keepingState(record, paused, () => dump({ request, store, record, paused, opened }));
        return init;
      });
      if (goesOn(request)) return;
      await undisturbed(() => sys().whenReadable({ fds: [pidfd], timeout: endTimeout }));
      warnOf(request, await destroyContainer({ store, record }));
    } finally {
      for (const fd of opened) sys().close({ fd });
    }
  });
}

function goesOn({ leaveRunning, preDump }: CheckpointRequest): boolean {
  return leaveRunning === true || preDump === true;
}

interface Dump {
  readonly request: CheckpointRequest;
  readonly store: Store;
  readonly record: ContainerRecord;
  readonly paused: boolean;
  /** Closed by the caller. */
  readonly opened: Fd[];
}

async function dump({ request, store, record, paused, opened }: Dump): Promise<void> {
  const { preDump = false } = request;
  const layer = layerToSave(record);
  const directories = openImage({ phase: 'checkpoint', id: record.id, settings: request, spec: record.spec, opened });
  const nothing = sys().open({ path: '/dev/null', flags: O_RDWR });
  opened.push(nothing);
  const session = await CriuSession.start({ use: directories.use, stdio: [nothing, nothing, nothing], fds: [], group: true });
  try {
    writeCheckpointRecord(store, { criu: { pid: session.pid, startTime: processStartTime(session.pid) }, paused });
    const features = neededFeatures(request);
    if (Object.keys(features).length > 0) await session.need(features);
    const opts = { ...options(request, record, directories), ...(preDump ? {} : whatIsOutside(record, directories, layer)) };
    await session.request({ type: preDump ? requestType.preDump : requestType.dump, opts }, async ({ script }, fd) => {
      if (fd >= 0) sys().close({ fd });
      if (script === 'status-ready') tellReady(request);
      // The processes are frozen until this is handled, and run again if it fails.
      if (script === 'post-dump' && layer !== null) await saveLayer(directories, layer);
    });
  } catch (error) {
    throw await cleanUp(error, [
      () => session.end(),
      async () => {
        if (session.died) await undoDump({ store, record });
        else removeCheckpointRecord(store);
        if (session.died && !isAlive(record)) throw hasEnded(record.id);
      },
    ]);
  }
  await session.end();
  removeCheckpointRecord(store);
}

function options(request: CheckpointRequest, record: ContainerRecord, directories: ImageDirectories): CriuOptions {
  const { parentPath, pageServer, preDump, allowAnnotations: allowed } = request;
  const cgroup = cgroupOf(record);
  return {
    ...commonOptions(directories, request, { annotations: record.spec.annotations, allowed }),
    pid: record.pid,
    root: record.rootfs,
    leave_running: request.leaveRunning === true,
    tcp_skip_in_flight: request.tcpSkipInFlight === true,
    link_remap: request.linkRemap === true,
    ...(cgroup === null ? {} : { freeze_cgroup: cgroup.directory }),
    ...(parentPath === undefined ? {} : { parent_img: parentPath }),
    // Only cgroup v2, whose name is empty: on a hybrid host those of version 1 are the caller's (its /proc/PID/cgroup, cgroups(7)).
    cgroup_dump_controller: [''],
    track_mem: parentPath !== undefined || preDump === true,
    ...(pageServer === undefined ? {} : { ps: pageServer }),
  };
}

/** Says what of the container is outside of it, and saves what a restore has to know about that. */
function whatIsOutside(record: ContainerRecord, directories: ImageDirectories, layer: LayerToSave | null): CriuOptions {
  const { pid, spec } = record;
  const streams = standardStreams(pid, mountsOf(pid));
  const mounts = externalMounts(record);
  saveContainer(directories, streams.links, {
    descriptors: streams.keys,
    externalMounts: mounts,
    ...(layer === null ? {} : { layer: true }),
  });
  return {
    ext_mnt: mounts.map(({ place }) => ({ key: place, val: place })),
    external: [...externalNamespaces(spec), ...streams.external],
  };
}

function neededFeatures({ preDump, parentPath, lazyPages }: CheckpointRequest): Partial<Features> {
  return {
    ...(preDump === true || parentPath !== undefined ? { mem_track: true } : {}),
    ...(lazyPages === true ? { lazy_pages: true } : {}),
  };
}

/** Tells the caller that CRIU's page server listens. */
function tellReady({ statusFd }: CheckpointRequest): void {
  if (statusFd !== undefined) sys().writeBytes({ fd: statusFd, data: new Uint8Array(1) });
}

/** CRIU freezes and thaws the container. Restores its state afterwards: frozen if it was paused, otherwise thawed. */
async function keepingState(record: ContainerRecord, paused: boolean, work: () => Promise<void>): Promise<void> {
  const cgroup = cgroupOf(record);
  const again = async (): Promise<void> => {
    if (cgroup !== null) await withCgroup(cgroup, (held) => (paused ? freezeCgroup(held) : thawQuietly(held)));
  };
  try {
    await work();
  } catch (error) {
    throw await cleanUp(error, [again]);
  }
  await again();
}

/** CRIU looks for it in the image's directory, and would only say that there is none. */
function checkParent({ imagePath, parentPath }: CheckpointRequest): void {
  if (parentPath === undefined) return;
  const reason = parentPath.startsWith('/')
    ? 'must be relative to the image path'
    : sys().status({ path: `${imagePath}/${parentPath}`, follow: true })?.kind === 'directory' || !exists(imagePath)
      ? null
      : 'is no directory of an earlier pre-dump';
  if (reason === null) return;
  throw new RuntimeError(`checkpoint with parent path "${parentPath}": ${reason}`, {
    code: 'usage',
    phase: 'checkpoint',
    operation: 'parent path',
    path: parentPath,
    hint: 'pass a path such as ../first with --parent-path (in a program: parentPath)',
  });
}

function exists(path: string): boolean {
  return sys().status({ path, follow: true }) !== null;
}

/** CRIU lets a process make system calls (ptrace(2)); one that is in the middle of such a call when CRIU is killed gets SIGTRAP. */
function hasEnded(id: string): RuntimeError {
  return new RuntimeError(`container "${id}" has ended: CRIU was killed while its process worked for it`, {
    code: 'not-running',
    phase: 'checkpoint',
    operation: 'criu',
    path: id,
  });
}

function cannotCheckpoint(id: string, status: string): RuntimeError {
  return new RuntimeError(`cannot checkpoint a container in the ${status} state`, {
    code: status === 'stopped' ? 'not-running' : 'wrong-state',
    phase: 'checkpoint',
    path: id,
    hint: 'start it first',
  });
}
