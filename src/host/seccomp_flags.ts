import { seccompFlags, type SeccompFlag } from '../spec/names/seccomp.js';
import { sys } from '../sys/call.js';

/** SECCOMP_FILTER_FLAG_NEW_LISTENER, which WAIT_KILLABLE_RECV requires (seccomp(2)). */
const newListener = 8;

/** The flags of seccomp(2) that a profile may name and that the kernel supports. */
export function supportedSeccompFlags(): readonly SeccompFlag[] {
  return (Object.keys(seccompFlags) as SeccompFlag[]).filter((name) => {
    const companion = name === 'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV' ? newListener : 0;
    return sys().knowsSeccompFlags({ flags: seccompFlags[name] | companion });
  });
}
