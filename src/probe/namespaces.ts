import type { RuntimeError } from '../errors/runtime_error.js';
import { namespaceFiles, namespaceFlags, namespaceTypes, type NamespaceType } from '../spec/names/namespaces.js';
import type { Operation } from '../protocol/operations.js';
import type { Finding } from './finding.js';
import { readOptional } from '../host/read_optional.js';
import { settingAgainstUserNamespaces, userNamespaceObstacle } from '../host/user_namespaces.js';
import { remedyOf } from './remedy.js';
import { attempt } from './trial.js';

/** Tries to create each type of namespace: by itself and, if that is not allowed, in a new user namespace. */
export async function namespaceFindings(): Promise<readonly Finding[]> {
  const user = await attempt({ cloneFlags: namespaceFlags.user, operations: [] });
  const findings: Finding[] = [];
  for (const type of namespaceTypes) findings.push(await namespaceFinding(type, user));
  return [...findings, unprivilegedFinding(user)];
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

/** Settings, and the AppArmor profile of tsrun, that forbid user namespaces to unprivileged users. `failure` is that of trying it. */
function unprivilegedFinding(failure: RuntimeError | null): Finding {
  const about = { area: 'namespaces', name: 'user namespaces of users without privileges', needed: false } as const;
  const obstacle = settingAgainstUserNamespaces() ?? (failure === null ? null : userNamespaceObstacle(failure));
  if (obstacle !== null) return { ...about, standing: 'limited', ...obstacle };
  if (failure !== null) return { ...about, standing: 'missing', found: failure.message, remedy: remedyOf(failure) };
  return { ...about, standing: 'available', found: 'no setting forbids them' };
}
