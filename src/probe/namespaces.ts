import type { RuntimeError } from '../errors/runtime_error.js';
import { namespaceFiles, namespaceFlags, namespaceTypes, type NamespaceType } from '../spec/names/namespaces.js';
import type { Operation } from '../protocol/operations.js';
import type { Finding } from './finding.js';
import { readOptional } from './read_optional.js';
import { remedyOf } from './remedy.js';
import { attempt } from './trial.js';

/** Tries to create each type of namespace: by itself and, if that is not allowed, in a new user namespace. */
export async function namespaceFindings(): Promise<readonly Finding[]> {
  const user = await attempt({ cloneFlags: namespaceFlags.user, operations: [] });
  const findings: Finding[] = [];
  for (const type of namespaceTypes) findings.push(await namespaceFinding(type, user));
  return [...findings, ...unprivilegedFindings()];
}

async function namespaceFinding(type: NamespaceType, user: RuntimeError | null): Promise<Finding> {
  const about = { area: 'namespaces', name: type, needed: type === 'mount' || type === 'pid' } as const;
  const found = `limit ${readOptional(`/proc/sys/user/max_${namespaceFiles[type]}_namespaces`) ?? 'unknown'}`;
  const failure = type === 'user' ? user : await attempt(trialOf(type, 0));
  if (failure === null) return { ...about, standing: 'available', found };
  if (type !== 'user' && user === null && (await attempt(trialOf(type, namespaceFlags.user))) === null) {
    return {
      ...about,
      standing: 'limited',
      found: `only together with a new user namespace (${failure.message})`,
      remedy: 'add a user namespace to /linux/namespaces (tsrun spec --rootless), or give tsrun CAP_SYS_ADMIN',
    };
  }
  return { ...about, standing: 'missing', found: failure.message, remedy: remedyOf(failure) };
}

/** tsrun-init itself creates cgroup and time namespaces (docs/decisions/0004). */
function trialOf(type: NamespaceType, user: number): { readonly cloneFlags: number; readonly operations: readonly Operation[] } {
  const flag = namespaceFlags[type];
  if (type !== 'cgroup' && type !== 'time') return { cloneFlags: flag | user, operations: [] };
  return { cloneFlags: user, operations: [{ op: 'unshare', namespaces: flag }] };
}

/** Settings of distributions that forbid user namespaces to unprivileged users. */
function unprivilegedFindings(): readonly Finding[] {
  const about = { area: 'namespaces', name: 'user namespaces of users without privileges', needed: false } as const;
  // Debian's setting, and AppArmor's (Ubuntu 23.10), with which creation works, but every capability in the namespace is denied.
  const clone = readOptional('/proc/sys/kernel/unprivileged_userns_clone');
  const apparmor = readOptional('/proc/sys/kernel/apparmor_restrict_unprivileged_userns');
  if (clone === '0') {
    return [
      {
        ...about,
        standing: 'limited',
        found: 'kernel.unprivileged_userns_clone is 0: only for root',
        remedy: 'sysctl kernel.unprivileged_userns_clone=1',
      },
    ];
  }
  if (apparmor === '1') {
    return [
      {
        ...about,
        standing: 'limited',
        found: 'kernel.apparmor_restrict_unprivileged_userns is 1: only for root, and for programs whose AppArmor profile allows "userns"',
        remedy: 'load an AppArmor profile for tsrun that has "userns," or sysctl kernel.apparmor_restrict_unprivileged_userns=0',
      },
    ];
  }
  return [{ ...about, standing: 'available', found: 'no setting forbids them' }];
}
