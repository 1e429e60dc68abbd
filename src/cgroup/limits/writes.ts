/** One write to a file of the container's cgroup. */
export interface CgroupWrite {
  /** Name of the file, such as `pids.max`. */
  readonly file: string;
  readonly value: string;
  /** JSON pointer of the setting that asked for it. */
  readonly pointer: string;
  /** The value is already in effect anyway, so neither the controller nor the file has to exist. */
  readonly isDefault?: boolean;
  /** What to write instead if the file does not exist. */
  readonly otherwise?: { readonly file: string; readonly value: string };
}

/** The controller that a file belongs to; null for the core files `cgroup.*`, which always exist. */
export function controllerOf(file: string): string | null {
  const controller = file.split('.')[0] ?? file;
  return controller === 'cgroup' ? null : controller;
}
