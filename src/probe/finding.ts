/** Whether a host allows something: as it is wanted, with restrictions that the text names, or not at all. */
export type Standing = 'available' | 'limited' | 'missing';

/** What was found out about one thing that containers use. */
export interface Finding {
  /** What it belongs to, such as `namespaces`. */
  readonly area: 'kernel' | 'namespaces' | 'mounts' | 'cgroup' | 'security' | 'user';
  readonly name: string;
  readonly standing: Standing;
  /** What there is, or the reason why not. */
  readonly found: string;
  /** What helps, in one sentence; absent if it is available. */
  readonly remedy?: string;
  /** Whether no container can run without it. */
  readonly needed: boolean;
}
