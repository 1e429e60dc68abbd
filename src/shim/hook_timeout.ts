/**
 * How many seconds a poststop hook without a timeout of its own may take. runc waits for ever, but containerd would then wait for Delete,
 * and never remove the container.
 */
export const hookTimeout = 10;
