import { RuntimeError } from '../../../errors/runtime_error.js';
import { sys } from '../../../sys/call.js';
import type { Fd } from '../../../sys/contract.js';
import type { CriuUse } from '../criu/failure.js';

const O_DIRECTORY = 0o200000;
const O_NOFOLLOW = 0o400000;
/** In an image: a directory that only its owner may enter, because a container may write set-user-id files. The upper layer is in it. */
export const holder = 'overlay';
export const upper = 'upper';
export const work = 'work';
/** In an image: the upper layer while it is copied. */
export const unfinished = 'unfinished';

type Place = Pick<Parameters<ReturnType<typeof sys>['open']>[0], 'path' | 'directory'>;

/** Opens directories, which are not symbolic links, and closes them after their use. */
export async function withDirectories<const T extends readonly Place[]>(
  places: T,
  use: (fds: { readonly [K in keyof T]: Fd }) => Promise<void>,
): Promise<void> {
  const fds: Fd[] = [];
  try {
    for (const place of places) fds.push(sys().open({ ...place, flags: O_DIRECTORY | O_NOFOLLOW }));
    await use(fds as unknown as { readonly [K in keyof T]: Fd });
  } finally {
    for (const fd of fds) sys().close({ fd });
  }
}

/** The error of a layer that cannot be saved or restored. */
export function unsupported(phase: CriuUse['phase'], id: string, reason: string, hint: string): RuntimeError {
  return new RuntimeError(`${phase} container "${id}": ${reason}`, { code: 'unsupported', phase, operation: 'overlay', path: id, hint });
}
