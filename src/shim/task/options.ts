import { decode } from '../../protobuf/message.js';
import { rootOf } from '../root.js';
import { runcOptions, type RuncOptions } from '../wire/messages.js';

/** The options of this runtime for one container. */
export interface TaskOptions {
  /** The state root. */
  readonly root: string;
  readonly systemdCgroup: boolean;
  readonly noPivot: boolean;
  readonly noNewKeyring: boolean;
}

/** Types of options whose fields are known here. Others, such as a path of a configuration, are ignored: ctr and CRI send them anyway. */
const known = ['containerd.runc.v1.Options', 'containerd.tsrun.v1.Options'];

/** Reads the options of Create: those of runc's shim. `BinaryName` has no meaning here. */
export function taskOptions(
  given: { readonly type_url?: string; readonly value?: Uint8Array } | undefined,
  namespace: string,
): TaskOptions {
  const type = given?.type_url?.split('/').pop() ?? '';
  const options: Partial<RuncOptions> = given?.value !== undefined && known.includes(type) ? decode(runcOptions, given.value) : {};
  return {
    root: rootOf(options.root, namespace),
    systemdCgroup: options.systemd_cgroup === true,
    noPivot: options.no_pivot_root === true,
    noNewKeyring: options.no_new_keyring === true,
  };
}
