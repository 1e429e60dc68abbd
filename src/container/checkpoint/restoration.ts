import { cleanUp } from '../../errors/clean_up.js';
import { fromSystem } from '../../errors/from_system.js';
import { RuntimeError } from '../../errors/runtime_error.js';
import { processStartTime } from '../../host/process.js';
import { Child } from '../../init/child.js';
import type { ResctrlGroup } from '../../resctrl/group.js';
import { containerDirectory, withDirectory } from '../../state/paths.js';
import { removeRestoreRecord, writeRestoreRecord, type RestoreRecord } from '../../state/criu/restore_record.js';
import { writeRecord } from '../../state/store.js';
import { sys } from '../../sys/call.js';
import type { Fd } from '../../sys/contract.js';
import { ownTerminalSize } from '../create/console.js';
import type { Creation } from '../create/creation.js';
import { removeUnpackedLayer } from '../delete/interrupted_restore.js';
import { runHooks } from '../hooks.js';
import { enterResctrl, makeResctrl } from '../resctrl.js';
import { hookState } from '../state/document.js';
import { inheritedStreams, streamsOrNothing } from './descriptors.js';
import { openImage, readContainer, seenBy, type ImageDirectories, type SavedContainer } from './image.js';
import { requestType, type CriuOptions, type Notification } from './criu/messages.js';
import { makeMountPoints } from './mount_points.js';
import { mountSources } from './mounts.js';
import { namespacesToRestore, type NamespacesToRestore } from './namespaces.js';
import type { RestoreRequest } from './options.js';
import { restoreLayer, type RestoredRoot } from './overlay/restore.js';
import { cgroupRoots, limitDevices, makePlace, type RestorePlace } from './place.js';
import { CriuSession } from './criu/session.js';
import { commonOptions } from './settings.js';
import { removeTemporary } from './criu/temporary.js';

const O_RDWR = 2;
/** What CRIU has as 3 is the socket. */
const firstFd = 4;
/** In the container's directory: where CRIU, in a mount namespace of its own, has the root file system. It must be a mount point. */
const rootName = 'criu-root';

interface Prepared {
  readonly directories: ImageDirectories;
  readonly saved: SavedContainer;
  readonly mounts: ReturnType<typeof mountSources>;
  readonly namespaces: NamespacesToRestore;
  readonly place: RestorePlace;
  readonly root: RestoredRoot;
}

/** One restore: what CRIU gets, and what is done at each of its steps. */
export class Restoration {
  readonly #request: RestoreRequest;
  readonly #creation: Creation;
  #cgroup: Fd = -1;
  #resctrl: ResctrlGroup | null = null;
  #pid = 0;
  #master: Fd = -1;
  #begun: RestoreRecord = { unfinished: true };
  #layer: RestoreRecord['layer'];

  constructor(request: RestoreRequest, creation: Creation) {
    this.#request = request;
    this.#creation = creation;
  }

  /** The terminal's master if the container's terminal is ours, otherwise -1. The caller closes it. */
  get master(): Fd {
    return this.#master;
  }

  closeMaster(): void {
    const fd = this.#master;
    this.#master = -1;
    if (fd >= 0) sys().close({ fd });
  }

  /** For a failure after `run`, when nothing of the container is left. */
  removeLayer(): void {
    removeUnpackedLayer(this.#layer);
  }

  /** Returns when the container runs. What exists of it if this fails is in the creation. */
  async run(): Promise<void> {
    const creation = this.#creation;
    const { request, input } = creation;
    const { spec, rootfs, bundle, host } = input;
    const directories = openImage({ phase: 'restore', id: request.id, settings: this.#request, spec, opened: creation.opened });
    const saved = readContainer(directories);
    const mounts = mountSources({ saved: saved.externalMounts, spec, rootfs, bundle });
    const namespaces = namespacesToRestore(spec, creation.opened);
    const place = await makePlace(creation, this.#request.manageCgroupsMode);
    this.#resctrl = makeResctrl({ store: creation.store, spec, host });
    const record = (layer: NonNullable<RestoreRecord['layer']>): void => {
      this.#layer = layer;
      this.#record({ ...this.#begun, layer });
    };
    const isSaved = saved.layer === true;
    const root = await restoreLayer({ input, directories, isSaved, root: this.#root, opened: creation.opened, record });
    try {
      // The upper layer has them.
      if (input.overlay === null) makeMountPoints({ spec, rootfs, bundle });
      await this.#restore({ directories, saved, mounts, namespaces, place, root });
    } catch (error) {
      throw await cleanUp(error, [root.undo]);
    }
  }

  async #restore({ directories, saved, mounts, namespaces, place, root }: Prepared): Promise<void> {
    const creation = this.#creation;
    const session = await this.#start(directories, namespaces, root);
    try {
      const { pid } = session;
      this.#record({ ...this.#begun, criu: { pid, startTime: processStartTime(pid) }, log: directories.use.log });
      this.#cgroup = await place.enter(pid);
      const opts: CriuOptions = {
        ...this.#options(seenBy(session.pid, directories, creation.opened), place.mode),
        ext_mnt: mounts,
        cg_root: cgroupRoots(session.pid),
        join_ns: namespaces.joined,
        inherit_fd: [...inheritedStreams(saved.descriptors), ...namespaces.keys.map((key, index) => ({ key, fd: firstFd + index }))],
      };
      await session.request({ type: requestType.restore, opts }, (notification, fd) => this.#handle(notification, fd));
      await session.end();
      // Too late for CRIU to undo it.
      if (session.interruption !== null) throw session.interruption;
    } catch (error) {
      throw await cleanUp(error, [
        () => session.giveUp(),
        () => {
          removeTemporary(directories.use);
        },
      ]);
    }
    if (this.#pid === 0) throw this.#failed('it restored no process');
    removeRestoreRecord(creation.store);
    withDirectory(creation.store, (directory) => {
      sys().removeDirectory({ path: `${directory}/${rootName}` });
    });
  }

  async #start({ use }: ImageDirectories, { fds }: NamespacesToRestore, { mounts }: RestoredRoot): Promise<CriuSession> {
    const { request, store, opened } = this.#creation;
    try {
      withDirectory(store, (directory) => {
        sys().makeDirectory({ path: `${directory}/${rootName}`, mode: 0o755 });
      });
    } catch (error) {
      throw fromSystem(error, { code: 'setup', phase: 'restore', operation: 'make directory', path: this.#root });
    }
    const nothing = sys().open({ path: '/dev/null', flags: O_RDWR });
    opened.push(nothing);
    return CriuSession.start({
      use,
      stdio: streamsOrNothing(request.streams, nothing),
      fds,
      mounts,
      // Otherwise the restored processes are of CRIU's group, which a terminal must know.
      group: this.#request.shellJob !== true,
    });
  }

  get #root(): string {
    return `${containerDirectory(this.#creation.store)}/${rootName}`;
  }

  #options(directories: ImageDirectories, manageCgroupsMode: RestorePlace['mode']): CriuOptions {
    const { tcpClose, lsmProfile, lsmMountContext, allowAnnotations: allowed } = this.#request;
    const { annotations } = this.#creation.input.spec;
    return {
      ...commonOptions(directories, { ...this.#request, manageCgroupsMode }, { annotations, allowed }),
      root: this.#root,
      // Our child, which the caller's subreaper inherits when we end.
      rst_sibling: true,
      evasive_devices: true,
      tcp_close: tcpClose === true,
      ...(lsmProfile === undefined ? {} : { lsm_profile: lsmProfile }),
      ...(lsmMountContext === undefined ? {} : { lsm_mount_context: lsmMountContext }),
    };
  }

  async #handle({ script, pid = 0 }: Notification, fd: Fd): Promise<void> {
    if (script === 'orphan-pts-master') this.#takeTerminal(fd);
    else if (fd >= 0) sys().close({ fd });
    if (script === 'setup-namespaces') {
      this.#adopt(pid);
      await this.#runHooks(pid);
    }
    // Its processes do not run before this is handled.
    if (script === 'post-restore') {
      this.#adopt(pid);
      limitDevices(this.#creation, this.#cgroup);
      enterResctrl(this.#resctrl, pid);
      this.#creation.writeProcess();
      const { layer: _, ...begun } = this.#begun;
      this.#record({ ...begun, unfinished: false });
    }
  }

  /** What `delete --force` has to end and to remove if tsrun is killed meanwhile. */
  #record(begun: RestoreRecord): void {
    this.#begun = begun;
    writeRestoreRecord(this.#creation.store, begun);
  }

  /** From now on it is the container's process, which a failure kills. */
  #adopt(pid: number): void {
    if (this.#pid !== 0) return;
    const pidfd = sys().openProcess({ pid });
    if (!sys().isChild({ pidfd })) {
      sys().close({ fd: pidfd });
      throw this.#failed(`process ${pid} is not its child`);
    }
    this.#pid = pid;
    this.#creation.bornAs(new Child({ pid, pidfd, socket: -1, respawns: false }));
  }

  /** As at a creation: the namespaces exist, and an engine's hook may set up the network. */
  async #runHooks(pid: number): Promise<void> {
    const { store, record, input } = this.#creation;
    const { prestart, createRuntime } = input.spec.hooks ?? {};
    if (prestart === undefined && createRuntime === undefined) return;
    writeRecord({ store, record });
    const state = hookState({ record, status: 'creating', pid });
    await runHooks({ kind: 'prestart', hooks: prestart, state });
    await runHooks({ kind: 'createRuntime', hooks: createRuntime, state });
  }

  /** Sends it to the console socket, or keeps it for the caller. */
  #takeTerminal(fd: Fd): void {
    const { consoleSocket, until, terminalSize } = this.#request;
    this.closeMaster();
    this.#master = fd;
    if (fd < 0) return;
    if (consoleSocket !== undefined) sendMaster(consoleSocket, fd);
    if (consoleSocket !== undefined || (until !== 'ended' && terminalSize === undefined)) this.closeMaster();
    else this.#fitTerminal();
  }

  #fitTerminal(): void {
    const size = this.#request.terminalSize ?? ownTerminalSize();
    if (size !== null) sys().resizeTerminal({ fd: this.#master, ...size });
  }

  #failed(reason: string): RuntimeError {
    return new RuntimeError(`restore container "${this.#creation.request.id}": CRIU failed: ${reason}`, {
      code: 'setup',
      phase: 'restore',
      operation: 'criu',
    });
  }
}

function sendMaster(path: string, fd: Fd): void {
  let socket: Fd = -1;
  try {
    socket = sys().connectUnix({ path });
    sys().sendFd({ socket, fd, data: '/dev/ptmx' });
  } catch (error) {
    throw fromSystem(error, { code: 'setup', phase: 'restore', operation: 'send terminal', path });
  } finally {
    if (socket >= 0) sys().close({ fd: socket });
  }
}
