import { RuntimeError } from '../errors/runtime_error.js';
import { readRecord } from '../state/store.js';
import { sys } from '../sys/call.js';
import { checkFlags, type ShimFlags } from './flags.js';
import { unmountRootfs } from './rootfs/unmount.js';
import { removeDeadSocket } from './socket.js';
import { rememberedRoot } from './root.js';
import { encode } from '../protobuf/message.js';
import { deleteResponse } from './wire/messages.js';
import { now } from './wire/now.js';

/** Kills and deletes a container. */
export type DeleteForced = (reference: { readonly root: string; readonly id: string }) => Promise<unknown>;

/** 128 + SIGKILL. */
const killed = 137;

/**
 * `delete`: containerd calls it after every container, whatever has happened, and while the server of its group may serve others. Removes
 * what is left of this one.
 */
export async function deleteLeftovers({ id, namespace, bundle }: ShimFlags, deleteForced: DeleteForced): Promise<void> {
  checkFlags({ id, namespace });
  const directory = bundle === '' ? sys().workingDirectory() : bundle;
  const reference = { root: rememberedRoot(directory, namespace), id };
  const pid = pidOf(reference);
  if (pid !== null) await deleteForced(reference);
  unmountRootfs(`${directory}/rootfs`);
  await removeDeadSocket(directory);
  sys().writeBytes({ fd: 1, data: encode(deleteResponse, { pid: pid ?? 0, exit_status: killed, exited_at: now() }) });
}

/** 0 for a container that cannot be read; null if there is none. */
function pidOf(reference: Parameters<typeof readRecord>[0]): number | null {
  try {
    return readRecord(reference).pid;
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    return error.code === 'not-found' ? null : 0;
  }
}
