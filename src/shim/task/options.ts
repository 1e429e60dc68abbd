import { sys } from '../../sys/call.js';
import { decode } from '../../protobuf/message.js';
import { runcOptions, type RuncOptions } from '../wire/messages.js';

/** The options of this runtime for one container. */
export interface TaskOptions {
  /** The state root. */
  readonly root: string;
  readonly systemdCgroup: boolean;
  readonly noPivot: boolean;
  readonly noNewKeyring: boolean;
}

/** The state root of containerd's own shim for runc, for each namespace: tools look there. */
const defaultRoot = '/run/containerd/runc';

/** A file in the bundle with the state root, for the `delete` call, if it is not the default. */
const rootFile = 'tsrun-root';

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

function rootOf(given: string | undefined, namespace: string): string {
  return `${given === undefined || given === '' ? defaultRoot : given}/${namespace}`;
}

export function rememberRoot(bundle: string, root: string, namespace: string): void {
  if (root !== rootOf(undefined, namespace)) sys().replaceFile({ path: `${bundle}/${rootFile}`, text: root, mode: 0o600, sync: false });
}

/** The state root of the container of a bundle. */
export function rememberedRoot(bundle: string, namespace: string): string {
  const path = `${bundle}/${rootFile}`;
  return sys().access({ path, mode: 0 }) ? sys().readText({ path, limit: 4096 }) : rootOf(undefined, namespace);
}
