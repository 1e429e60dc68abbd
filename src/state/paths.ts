/** What the default state root depends on. */
export interface RootFacts {
  readonly euid: number;
  readonly inUserNamespace: boolean;
  /** $XDG_RUNTIME_DIR; undefined or empty where it is not set. */
  readonly runtimeDirectory: string | undefined;
}

/**
 * The state root without --root: /run/tsrun, or below $XDG_RUNTIME_DIR for a user who is not root on the host, as runc chooses it. podman sets the variable
 * to an empty text for root.
 */
export function defaultRoot({ euid, inUserNamespace, runtimeDirectory }: RootFacts): string {
  const rootless = euid !== 0 || inUserNamespace;
  if (rootless && runtimeDirectory !== undefined && runtimeDirectory.startsWith('/')) return `${trimSlashes(runtimeDirectory)}/tsrun`;
  return '/run/tsrun';
}

/** The directory of a container. */
export function containerDirectory({ root, id }: { readonly root: string; readonly id: string }): string {
  return `${trimSlashes(root)}/${id}`;
}

export const recordFile = 'state.json';
/** What `delete --force` needs where state.json cannot be read. */
export const markFile = 'cgroup';

function trimSlashes(path: string): string {
  return path.replace(/\/+$/, '');
}
