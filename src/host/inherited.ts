import { sys } from '../sys/call.js';

/** What a child has from this process when it is cloned, as texts for comparison (`handedDown` of sys). */
export interface Inherited {
  /**
   * What fork(2) and execve(2) keep unless the configuration says otherwise, and the names that a new UTS namespace starts with.
   */
  readonly attributes: string;
  /**
   * The cgroups of this process in other hierarchies than that of version 2 (cgroups(7)): on a hybrid host, a child is born in them and
   * stays there. Empty on any other host.
   */
  readonly otherCgroups: string;
}

export function inherited(): Inherited {
  return sys().handedDown({ otherCgroups: true });
}

/** Whether a child that was cloned before has what one has that is cloned now. */
export function isStillInherited({ attributes, otherCgroups }: Inherited): boolean {
  // A host that has cgroup v2 alone is not asked about other hierarchies.
  const now = sys().handedDown({ otherCgroups: otherCgroups !== '' });
  return now.attributes === attributes && now.otherCgroups === otherCgroups;
}
