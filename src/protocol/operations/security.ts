import { operation } from './definition.js';
import { capabilityWords } from '../words/flags.js';
import { bareQuote, joined, labelled, quote } from '../words/texts.js';

/** Operations that take rights from the process. */
export const security = () => ({
  /** A new session keyring with this SELinux label, or with the usual one if empty. */
  keyring: operation({
    id: 15,
    fields: { name: 'text', label: 'text' },
    summary: (o) => joined(' ', [quote(o.name), labelled(o.label)]),
    sentence: (o) => `make session keyring ${bareQuote(o.name)}${o.label === '' ? '' : ` with label ${bareQuote(o.label)}`}`,
    hints: {
      EDQUOT: 'the quota of keys is reached: raise sysctl kernel.keys.maxkeys, or use --no-new-keyring',
      EINVAL: "the SELinux policy of the host does not know the process's label",
      ENOSYS: 'the kernel has no keyrings: use --no-new-keyring',
    },
  }),

  /** PR_CAPBSET_DROP of everything that is not in the mask. */
  boundingSet: operation({
    id: 69,
    fields: { mask: 'u64' },
    summary: (o) => capabilityWords(o.mask),
    sentence: () => 'set the capability bounding set',
    hints: { EPERM: 'tsrun needs CAP_SETPCAP' },
  }),

  /** capset(2), PR_CAP_AMBIENT. */
  capabilities: operation({
    id: 71,
    fields: { effective: 'u64', permitted: 'u64', inheritable: 'u64', ambient: 'u64' },
    summary: (o) =>
      `effective ${capabilityWords(o.effective)}; permitted ${capabilityWords(o.permitted)}; inheritable ${capabilityWords(o.inheritable)}; ambient ${capabilityWords(o.ambient)}`,
    sentence: () => 'set capabilities',
    hints: { EPERM: 'tsrun does not have one of the capabilities itself: remove it from /process/capabilities' },
  }),

  /** PR_SET_NO_NEW_PRIVS. */
  noNewPrivileges: operation({
    id: 72,
    fields: {},
    summary: () => '',
    sentence: () => 'set no_new_privs',
  }),

  /** seccomp(2) with struct sock_filter[]. `listener`: tsrun fetches the listener at the sync point `seccompListener`. */
  seccomp: operation({
    id: 73,
    fields: { filterFlags: 'u64', listener: 'flag', filter: 'bytes' },
    summary: (o) => `filter of ${o.filter.length / 8} instructions, flags ${o.filterFlags}${o.listener === 1 ? ', with a listener' : ''}`,
    sentence: () => 'load the seccomp filter',
    hints: {
      EINVAL: 'the kernel does not support every flag or action in the profile',
      EACCES: 'without CAP_SYS_ADMIN, /process/noNewPrivileges must be true',
      EBUSY: 'a filter with a listener is already there',
      ENOMEM: 'the filters of this process are too long together',
      ENOSYS: 'the kernel was built without CONFIG_SECCOMP_FILTER',
    },
  }),

  /** "exec", "apparmor/exec", "keycreate", "sockcreate" or "fscreate" below /proc/self/attr. */
  securityAttribute: operation({
    id: 74,
    fields: { attribute: 'text', value: 'text' },
    summary: (o) => `${o.attribute} = ${o.value}`,
    sentence: (o) => `write ${bareQuote(o.value)} to "/proc/self/attr/${o.attribute}"`,
    hints: {
      ENOENT: 'the profile is not loaded, or the security module is not there',
      EINVAL: 'the security module does not know this label, or is not enabled on this host',
      EACCES: 'the security module refuses this transition',
      EPERM: 'the security module refuses this transition',
    },
  }),
});
