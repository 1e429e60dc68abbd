/** Whether a host allows something: fully, with the restrictions in the text, or not at all. */
export type Standing = 'available' | 'limited' | 'missing';

/** The result for one thing that containers use. */
export interface Finding {
  /** Its group, such as `namespaces`. */
  readonly area: 'kernel' | 'namespaces' | 'mounts' | 'cgroup' | 'security' | 'user';
  readonly name: string;
  readonly standing: Standing;
  /** What is available, or why it is not. */
  readonly found: string;
  /** What to do, in one sentence; absent if it is available. */
  readonly remedy?: string;
  /** Whether no container can run without it. */
  readonly needed: boolean;
}
