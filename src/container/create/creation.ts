import { destroyContainer, removeMarkedCgroup, warnOf } from '../delete/destroy.js';
import { cleanUp } from '../../errors/clean_up.js';
import { bootIdFor } from '../../host/boot.js';
import { processStartTime } from '../../host/process.js';
import type { Child } from '../../init/child.js';
import type { ContainerRecord } from '../../state/record.js';
import { containerDirectory } from '../../state/paths.js';
import { closeStore, takeStore, writeRecord, type Store } from '../../state/store.js';
import { sys } from '../../sys/call.js';
import type { Fd } from '../../sys/contract.js';
import type { CreateInput, OverlayRequest } from '../../plan/types.js';
import { timestamp } from '../../host/timestamp.js';
import { userName } from '../../host/users.js';
import type { CreationRequest } from '../options.js';
import type { Place } from './place.js';

/** What is known before anything is created. */
export interface Beginning {
  readonly request: CreationRequest;
  readonly input: CreateInput;
  /** Whether this program creates no other container now; if so, this one is cloned without another thread. */
  readonly alone: boolean;
}

/** A container that is being created: what exists of it so far, so that a failure removes exactly that. */
export class Creation {
  readonly request: CreationRequest;
  readonly input: CreateInput;
  readonly alone: boolean;
  /** Closed when the creation ends, successfully or not. */
  readonly opened: Fd[] = [];
  /** Closed as soon as tsrun-init has its own copies. */
  readonly handed: Fd[] = [];
  record: ContainerRecord;
  /** Whether a cgroup may exist that the record does not name yet; the cleanup record names it. */
  mayHaveCgroup = false;
  #store: Store | null = null;
  #init: Child | null = null;

  constructor({ request, input, alone }: Beginning) {
    this.request = request;
    this.input = input;
    this.alone = alone;
    const { exitWatch } = request;
    this.record = { ...newRecord(input), ...(exitWatch === undefined ? {} : { exitWatch }) };
  }

  /** The locked state directory; call {@link reserve} first. */
  get store(): Store {
    if (this.#store === null) throw new Error('the state directory does not exist yet');
    return this.#store;
  }

  /** The process of the container; call {@link bornAs} first. */
  get init(): Child {
    if (this.#init === null) throw new Error('the process has not been cloned yet');
    return this.#init;
  }

  /** Creates the state directory: its mkdir(2) reserves the id. */
  reserve(): void {
    this.#store = takeStore(this.request);
    const bootId = bootIdFor({ fd: this.#store.directory, name: containerDirectory(this.#store) });
    if (bootId !== undefined) this.record = { ...this.record, bootId };
  }

  /** From now on this is the container's process. */
  bornAs(init: Child): Child {
    this.#init = init;
    return init;
  }

  inCgroup({ planned, inode }: Place): void {
    if (planned !== null) this.record = { ...this.record, cgroup: planned.directory, cgroupInode: inode, cgroupParents: planned.parents };
  }

  /** From now on there may be this unit of systemd. */
  inUnit(unit: Required<Pick<ContainerRecord, 'systemdUnit' | 'systemdBus'>>): void {
    this.record = { ...this.record, ...unit };
  }

  /** Writes state.json with the container's process in it. */
  writeProcess(): void {
    const { pid } = this.init;
    this.record = { ...this.record, pid, startTime: processStartTime(pid) };
    writeRecord({ store: this.store, record: this.record });
  }

  closeHanded(): void {
    closeAll(this.handed);
  }

  closeOpened(): void {
    closeAll(this.opened);
  }

  /** Removes what was created; returns `error`, with the failures of the removal added to it. */
  async undo(error: unknown): Promise<unknown> {
    // First, because removing needs descriptors, and there may be none left (EMFILE).
    this.closeHanded();
    this.closeOpened();
    const [init, store] = [this.#init, this.#store];
    const { request, record } = this;
    return cleanUp(error, [
      ...(init === null ? [] : [() => init.killAndReap()]),
      ...(store === null
        ? []
        : [
            async () => {
              // The making of its cgroup may have left something, too, that it could not remove.
              if (record.cgroup === null && this.mayHaveCgroup) await removeMarkedCgroup(store);
              warnOf(request, await destroyContainer({ store, record }));
            },
            () => {
              closeStore(store);
            },
          ]),
    ]);
  }
}

function closeAll(opened: Fd[]): void {
  for (const fd of opened.splice(0)) sys().close({ fd });
}

function newRecord({ id, spec, bundle, rootfs, host, noNewKeyring, overlay }: CreateInput): ContainerRecord {
  return {
    version: 1,
    ociVersion: spec.ociVersion,
    id,
    pid: 0,
    startTime: 0,
    bundle,
    rootfs,
    created: timestamp(),
    owner: userName(host.euid),
    cgroup: null,
    cgroupParents: [],
    ...(overlay === null ? {} : { overlay: true, ...layersOf(overlay) }),
    noNewKeyring,
    spec,
  };
}

function layersOf({ directory, lowers }: OverlayRequest): Pick<ContainerRecord, 'overlayDirectory' | 'overlayLowers'> {
  return directory === null ? { overlayLowers: lowers } : { overlayDirectory: directory };
}
