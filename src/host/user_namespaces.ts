import { RuntimeError } from '../errors/runtime_error.js';
import { readOptional } from './read_optional.js';

/** What keeps users without privileges from user namespaces. */
export interface UserNamespaceObstacle {
  readonly found: string;
  readonly remedy: string;
}

type Failure = Pick<RuntimeError, 'operation' | 'errno'>;

/** A setting of the host that forbids user namespaces: of Debian, of AppArmor in Ubuntu (since 23.10), and of Linux. */
export function settingAgainstUserNamespaces(): UserNamespaceObstacle | null {
  return settingOfDebian() ?? settingOfUbuntu() ?? limitOfNone();
}

/** Which of them, or which AppArmor profile, is the reason of a failed clone3(2) with CLONE_NEWUSER; null if it is none of these. */
export function userNamespaceObstacle({ operation, errno }: Failure): UserNamespaceObstacle | null {
  if (operation !== 'clone3') return null;
  switch (errno) {
    case 'ENOSPC':
      return limitOfNone();
    case 'EPERM':
      return settingOfDebian();
    case 'EACCES':
      return profileWithoutUserns();
    default:
      return null;
  }
}

/**
 * The error of a creation with a new user namespace, with a hint that names the obstacle, if there is one. In Ubuntu, the namespace is
 * created, and whatever needs a capability in it fails afterwards.
 */
export function explainUserNamespace(error: unknown): unknown {
  if (!(error instanceof RuntimeError)) return error;
  const denied = error.errno === 'EPERM' || error.errno === 'EACCES';
  const obstacle = userNamespaceObstacle(error) ?? (denied && confinement() === null ? settingOfUbuntu() : null);
  if (obstacle === null) return error;
  const { code, phase, operation, path, errno } = error;
  return new RuntimeError(error.message, {
    code,
    phase,
    ...(operation === undefined ? {} : { operation }),
    ...(path === undefined ? {} : { path }),
    ...(errno === undefined ? {} : { errno }),
    hint: `${obstacle.found}: ${obstacle.remedy}`,
    cause: error.cause,
  });
}

/** The obstacle, if this setting of the kernel has the value that forbids user namespaces. */
function setting(path: string, forbids: string, obstacle: UserNamespaceObstacle): UserNamespaceObstacle | null {
  return readOptional(`/proc/sys/${path}`) === forbids ? obstacle : null;
}

const settingOfDebian = (): UserNamespaceObstacle | null =>
  setting('kernel/unprivileged_userns_clone', '0', {
    found: 'kernel.unprivileged_userns_clone is 0, so only root may create user namespaces',
    remedy: 'sysctl kernel.unprivileged_userns_clone=1',
  });

const settingOfUbuntu = (): UserNamespaceObstacle | null =>
  setting('kernel/apparmor_restrict_unprivileged_userns', '1', {
    found:
      'kernel.apparmor_restrict_unprivileged_userns is 1, so only root, and programs whose AppArmor profile has "userns,", may use user namespaces',
    remedy: 'load an AppArmor profile for tsrun that has "userns,", or sysctl kernel.apparmor_restrict_unprivileged_userns=0',
  });

const limitOfNone = (): UserNamespaceObstacle | null =>
  setting('user/max_user_namespaces', '0', {
    found: 'user.max_user_namespaces is 0, so nobody may create user namespaces',
    remedy: 'sysctl user.max_user_namespaces=10000',
  });

/** Linux 6.7 and newer ask the profile (apparmor_userns_create() of security/apparmor/lsm.c). */
function profileWithoutUserns(): UserNamespaceObstacle | null {
  const profile = confinement();
  if (profile === null) return null;
  return {
    found: `the AppArmor profile "${profile}", which confines tsrun, forbids user namespaces`,
    remedy: 'add "userns," to this profile and load it with apparmor_parser -r, or start tsrun without it',
  };
}

/** The AppArmor profile that is enforced for this process, without its mode; null if there is none. */
function confinement(): string | null {
  // Other security modules have their labels in attr/current.
  const label = readOptional('/proc/self/attr/apparmor/current')?.replace('\0', '');
  return label === undefined ? null : (/^(.+) \(enforce\)$/.exec(label)?.[1] ?? null);
}
