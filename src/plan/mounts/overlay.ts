import { RuntimeError } from '../../errors/runtime_error.js';
import type { PlanContext } from '../context.js';
import type { Operation } from '../../protocol/operations.js';

/**
 * The overlay over the bundle's root, if one is requested. It is mounted on the root's own path, in the container's mount namespace, so it
 * needs no other directory and disappears with the namespace.
 */
export function overlayOperation({ input, namespaces }: PlanContext): readonly Operation[] {
  const { overlay, rootfs, host } = input;
  if (overlay === null) return [];
  if (!namespaces.own.has('mount')) {
    throw new RuntimeError(`mount overlay on "${rootfs}": the container has no mount namespace`, {
      code: 'unsupported',
      phase: 'plan',
      operation: 'overlay',
      path: rootfs,
      hint: 'add {"type": "mount"} to /linux/namespaces',
    });
  }
  const { lowers, directory } = overlay;
  return [
    {
      op: 'overlay',
      memory: directory === null ? 1 : 0,
      // The kernel's default for a tmpfs: half of the memory, charged to the container's own cgroup.
      size: 0,
      // trusted.* attributes are for root of the initial user namespace only (Documentation/filesystems/overlayfs.rst, "User xattr").
      userxattr: (namespaces.user !== 'host' && !namespaces.overlayFirst) || host.inUserNamespace ? 1 : 0,
      lowers,
      directory: directory ?? '',
      target: rootfs,
      // The layers have labels of the host, which the container's processes may not access.
      label: input.spec.linux?.mountLabel ?? '',
    },
  ];
}
