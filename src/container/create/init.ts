import { buildCreatePlan } from '../../plan/build.js';
import type { ContainerPlan, CreateInput } from '../../plan/types.js';
import { explainUserNamespace } from '../../host/user_namespaces.js';
import type { Child } from '../../init/child.js';
import type { Operation } from '../../protocol/operations.js';
import { makesUserNamespace } from '../../spec/namespaces.js';
import type { ContainerRecord } from '../../state/record.js';
import type { Store } from '../../state/store.js';
import { sys } from '../../sys/call.js';
import type { Fd } from '../../sys/contract.js';
import { throwIfInterrupted } from '../interruption.js';
import type { CreationRequest, SizeOfTerminal } from '../options.js';
import type { Offer } from '../warm/slot.js';
import { createCold } from './cold.js';
import { openConsole, takeMaster } from './console.js';
import { Creation } from './creation.js';
import { prepare } from './prepare.js';
import { createWarm } from './warm.js';

/** A container whose init waits to be started. `store`, which is locked, `init` and `master` belong to the caller. */
export interface CreatedInit {
  readonly store: Store;
  readonly record: ContainerRecord;
  /** The operations that its init received. */
  readonly operations: readonly Operation[];
  /** It waits for a reply on its socket unless it listens for `start`. */
  readonly init: Child;
  /** The terminal's master if the container's terminal is ours, otherwise -1. */
  readonly master: Fd;
}

/**
 * Does everything until the container is created: cold, or from a warm slot that fits.
 * @throws RuntimeError; then nothing of the container is left.
 */
export async function createInit(request: CreationRequest, { alone }: { readonly alone: boolean }): Promise<CreatedInit> {
  const { cache, consoleSocket, slots, terminalSize, until } = request;
  const systemd = request.systemdCgroup === true && request.noCgroup !== true ? await import('../systemd/index.js') : null;
  await systemd?.loadSystemd();
  const prepared = prepare(request);
  const input = systemd === null ? prepared : systemd.inScope(prepared);
  const creation = new Creation({ request, input, alone });
  try {
    const console = openConsole(
      {
        terminal: input.spec.process.terminal === true,
        detached: until !== 'ended',
        consoleSocket,
        taken: terminalSize !== undefined,
      },
      creation.opened,
    );
    const build = (of: CreateInput): ContainerPlan => (cache === undefined ? buildCreatePlan(of) : cache.plans.build(of));
    const createFrom = (offer: Offer | null): Promise<readonly Operation[]> =>
      offer === null ? createCold(creation, build(input), console) : createWarm(creation, offer, console);
    const operations = await (systemd === null
      ? createFrom(slots?.match(input, build) ?? null)
      : systemd.createInScope(creation, build(input), console));
    throwIfInterrupted();
    const master = takeMaster(console);
    if (master >= 0 && terminalSize !== undefined) fitMaster(master, terminalSize);
    const { store, record, init } = creation;
    return { store, record, operations, init, master };
  } catch (error) {
    throw await creation.undo(makesUserNamespace(input.spec) ? explainUserNamespace(error) : error);
  } finally {
    creation.closeOpened();
  }
}

/** Before the program can observe it. */
function fitMaster(fd: Fd, size: SizeOfTerminal): void {
  try {
    sys().resizeTerminal({ fd, ...size });
  } catch (error) {
    sys().close({ fd });
    throw error;
  }
}
