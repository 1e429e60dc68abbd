/** One write into a file of the container's cgroup. */
export interface CgroupWrite {
  /** Name of the file, such as `pids.max`. */
  readonly file: string;
  readonly value: string;
  /** JSON pointer of what asked for it. */
  readonly pointer: string;
  /** The value is what holds anyway: then neither the controller nor the file has to be there. */
  readonly isDefault?: boolean;
  /** What is written instead where the file does not exist. */
  readonly otherwise?: { readonly file: string; readonly value: string };
}

/** The controller that a file belongs to; null for the core files `cgroup.*`, which are always there. */
export function controllerOf(file: string): string | null {
  const controller = file.split('.')[0] ?? file;
  return controller === 'cgroup' ? null : controller;
}
