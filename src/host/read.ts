import { sys } from '../sys/call.js';
import { initialUserNamespace } from '../sys/initial_user_namespace.js';
import type { Sys } from '../sys/contract.js';
import { findCgroupMount } from './mounts/cgroup.js';
import type { HostFacts } from './facts.js';
import { findResctrlMount } from './mounts/resctrl.js';
import { apparmorEnabled, selinuxEnabled } from './security_modules.js';

/**
 * The facts of this machine. Each is read when it is first needed, and then kept, so a start that needs no unusual capability or no
 * security module does not pay for reading them. Facts that cannot change while a process lives are copied from those that it read before:
 * the kernel, the user namespace (a program with threads cannot change it, unshare(2)) and the capabilities.
 */
export function readHostFacts(before?: HostFacts): HostFacts {
  // One answer has two facts, and costs a system call for each capability.
  let known: ReturnType<Sys['capabilities']> | undefined;
  const capabilities = (): ReturnType<Sys['capabilities']> => (known ??= sys().capabilities());
  return {
    get kernel() {
      return keep(this, 'kernel', before?.kernel ?? parseRelease(sys().uname().release));
    },
    get machine() {
      return keep(this, 'machine', before?.machine ?? sys().uname().machine);
    },
    get euid() {
      return keep(this, 'euid', sys().ids().euid);
    },
    get cgroupMount() {
      return keep(this, 'cgroupMount', findCgroupMount());
    },
    get resctrlMount() {
      return keep(this, 'resctrlMount', findResctrlMount());
    },
    get lastCapability() {
      return keep(this, 'lastCapability', before?.lastCapability ?? capabilities().last);
    },
    get boundingSet() {
      return keep(this, 'boundingSet', before?.boundingSet ?? capabilities().bounding);
    },
    get apparmor() {
      return keep(this, 'apparmor', apparmorEnabled());
    },
    get selinux() {
      return keep(this, 'selinux', selinuxEnabled());
    },
    get inUserNamespace() {
      return keep(
        this,
        'inUserNamespace',
        before?.inUserNamespace ?? sys().readLink({ path: '/proc/self/ns/user' }) !== initialUserNamespace,
      );
    },
  };
}

/** `6.1.0-18-amd64` is 6.1. */
export function parseRelease(release: string): HostFacts['kernel'] {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(release) ?? [];
  return { major: Number(major ?? 0), minor: Number(minor ?? 0) };
}

/** Replaces the getter by its value. */
function keep<N extends keyof HostFacts>(facts: object, name: N, value: HostFacts[N]): HostFacts[N] {
  Object.defineProperty(facts, name, { value, enumerable: true });
  return value;
}
