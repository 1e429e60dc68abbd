/**
 * The types of tsrun-init's messages. `going`: the program is executed next; without it, the end of the stream means that the process was
 * killed. It comes before the seccomp filter if the filter does not allow the write, and failures may still follow.
 */
export const messageType = { closed: 0, sync: 1, failure: 2, respawned: 3, ready: 4, hookFailed: 5, going: 6 } as const;
