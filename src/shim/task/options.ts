import type { Owner } from '../io/stdio.js';
import { rootOf } from '../root.js';
import { runcOptionsOf, type GivenOptions } from '../runc_options.js';

/** The options of this runtime for one container. */
export interface TaskOptions {
  /** The state root. */
  readonly root: string;
  readonly systemdCgroup: boolean;
  readonly noPivot: boolean;
  readonly noNewKeyring: boolean;
  /** Who owns the FIFOs and pipes that processes get; null leaves them as they are. */
  readonly ioOwner: Owner | null;
}

/** Reads the options of Create: those of runc's shim. `BinaryName` has no meaning here, and `ShimCgroup` is for the call of `start`. */
export function taskOptions(given: GivenOptions | undefined, namespace: string): TaskOptions {
  const options = runcOptionsOf(given);
  const { io_uid: uid = 0, io_gid: gid = 0 } = options;
  return {
    root: rootOf(options.root, namespace),
    systemdCgroup: options.systemd_cgroup === true,
    noPivot: options.no_pivot_root === true,
    noNewKeyring: options.no_new_keyring === true,
    ioOwner: uid === 0 && gid === 0 ? null : { uid, gid },
  };
}
