/** Points at which tsrun-init waits for tsrun. */
export const syncPoint = {
  /** The user namespace exists: write the id maps, set limits that need host privileges. */
  idMaps: 1,
  /** All namespaces exist: move network devices. */
  namespaces: 2,
  /** The mounts are made and the root is not switched yet: prestart and createRuntime hooks. */
  hooks: 3,
  /** The seccomp listener is the descriptor whose number is in the message's `errno`: fetch it by pidfd_getfd. */
  seccompListener: 4,
  /** In a bind mount: send its source, cloned in the mount namespace of tsrun-init. */
  mountSource: 5,
  /**
   * As idMaps, for a caller that is not root: the process's files in /proc must be the caller's (PR_SET_DUMPABLE) until they are written.
   */
  idMapsOfUser: 6,
} as const;
