import { readRegularFile } from '../host/regular_file.js';
import { sys } from '../sys/call.js';

/** The state root of containerd's own shim for runc, for each namespace: tools look there. */
const defaultRoot = '/run/containerd/runc';

/** A file in the bundle with the state root, for the `delete` call, if it is not the default. */
const rootFile = 'tsrun-root';

/** The state root of a namespace, below the given directory or the default. */
export function rootOf(given: string | undefined, namespace: string): string {
  return `${given === undefined || given === '' ? defaultRoot : given}/${namespace}`;
}

export function rememberRoot(bundle: string, root: string, namespace: string): void {
  if (root !== rootOf(undefined, namespace)) sys().replaceFile({ path: `${bundle}/${rootFile}`, text: root, mode: 0o600, sync: false });
}

/** The state root of the container of a bundle. */
export function rememberedRoot(bundle: string, namespace: string): string {
  const path = `${bundle}/${rootFile}`;
  return sys().access({ path, mode: 0 }) ? readRegularFile({ path, limit: 4096 }) : rootOf(undefined, namespace);
}
