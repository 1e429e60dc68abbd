import type { HostFacts } from '../host/facts.js';
import { supportedSeccompFlags } from '../host/seccomp_flags.js';
import { seccompFlags } from '../spec/names/seccomp.js';
import { sys } from '../sys/call.js';
import type { Finding } from './finding.js';
import { readOptional } from '../host/read_optional.js';

/** Security modules, seccomp, and the confinement of this process. */
export function securityFindings({ apparmor, selinux }: Pick<HostFacts, 'apparmor' | 'selinux'>): readonly Finding[] {
  return [modules(), module('AppArmor', apparmor), module('SELinux', selinux), seccomp(), flags(), ownFilter(), noNewPrivileges()];
}

function finding(name: string, rest: Pick<Finding, 'standing' | 'found' | 'remedy'>): Finding {
  return { area: 'security', name, needed: false, ...rest };
}

function modules(): Finding {
  const list = readOptional('/sys/kernel/security/lsm');
  if (list !== null) return finding('security modules', { standing: 'available', found: list });
  return finding('security modules', {
    standing: 'limited',
    found: 'unknown: /sys/kernel/security/lsm cannot be read',
    remedy: 'mount -t securityfs none /sys/kernel/security, if the kernel is built with it',
  });
}

function module(name: 'AppArmor' | 'SELinux', enabled: boolean): Finding {
  if (!enabled) {
    const remedy = `leave out labels and profiles of ${name} in the configuration, or boot with lsm=...,${name.toLowerCase()}`;
    return finding(name, { standing: 'missing', found: 'not enabled', remedy });
  }
  return finding(name, {
    standing: 'available',
    found: `enabled; this process is ${(readOptional('/proc/self/attr/current') ?? 'unknown').replace('\0', '')}`,
  });
}

function seccomp(): Finding {
  const { seccomp: library } = sys().versions();
  const actions = readOptional('/proc/sys/kernel/seccomp/actions_avail');
  if (library === '') {
    const remedy = 'use a tsrun that is built with libseccomp: without it, a profile is an error';
    return finding('seccomp', { standing: 'missing', found: 'tsrun is built without libseccomp', remedy });
  }
  if (actions === null) {
    const remedy = 'use a kernel with CONFIG_SECCOMP_FILTER, or leave out /linux/seccomp';
    return finding('seccomp', { standing: 'missing', found: 'the kernel lists no actions', remedy });
  }
  return finding('seccomp', { standing: 'available', found: `libseccomp ${library}; actions: ${actions}` });
}

function flags(): Finding {
  const supported = supportedSeccompFlags();
  const absent = Object.keys(seccompFlags).filter((name) => !(supported as readonly string[]).includes(name));
  const found = supported.length === 0 ? 'none' : supported.join(' ');
  if (absent.length === 0) return finding('seccomp flags', { standing: 'available', found });
  return finding('seccomp flags', {
    standing: 'limited',
    found: `${found}; not supported: ${absent.join(' ')}`,
    remedy:
      'leave them out of profiles: such a profile is an error on this kernel (SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV needs Linux 5.19)',
  });
}

/** The field of proc_pid_status(5). */
function ofStatus(name: string): string | undefined {
  return new RegExp(`^${name}:\\s*(\\S+)$`, 'm').exec(readOptional('/proc/self/status') ?? '')?.[1];
}

function ownFilter(): Finding {
  const name = 'filter around tsrun';
  if (ofStatus('Seccomp') !== '2') return finding(name, { standing: 'available', found: 'none' });
  return finding(name, {
    standing: 'limited',
    found: 'a seccomp filter confines this process, and so every container',
    remedy: 'if something above is missing because of it, start the outer container with seccomp=unconfined',
  });
}

function noNewPrivileges(): Finding {
  const name = 'set-user-id programs';
  if (ofStatus('NoNewPrivs') !== '1') return finding(name, { standing: 'available', found: 'gain their privileges' });
  return finding(name, {
    standing: 'limited',
    found: 'no_new_privs is set: newuidmap and newgidmap have no effect',
    remedy:
      'start the outer container or service without no-new-privileges (Docker), allowPrivilegeEscalation: false (Kubernetes), NoNewPrivileges=yes (systemd)',
  });
}
