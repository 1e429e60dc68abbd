import type { HostFacts } from '../host/facts.js';
import { userName } from '../host/users.js';
import { capabilityNumbers, type CapabilityName } from '../spec/names/capabilities.js';
import { sys } from '../sys/call.js';
import type { Finding } from './finding.js';
import { readOptional } from '../host/read_optional.js';

/** The user that tsrun runs as, and its rights. */
export function userFindings({ euid, inUserNamespace }: Pick<HostFacts, 'euid' | 'inUserNamespace'>): readonly Finding[] {
  const identity: Finding = {
    area: 'user',
    name: 'user',
    standing: 'available',
    needed: false,
    found: `${userName(euid)} (${euid}), ${inUserNamespace ? 'in a user namespace' : 'in the initial user namespace'}`,
  };
  return [identity, capabilities(), ...(euid === 0 && !inUserNamespace ? [] : idRanges(euid))];
}

/** Capabilities that root has and an engine's container usually lacks, with what does not work without each. */
const uses: Readonly<Partial<Record<CapabilityName, string>>> = {
  CAP_SYS_ADMIN: 'namespaces, mounts, the device program of a cgroup',
  CAP_SYS_RESOURCE: 'hard limits above those of the caller, oomScoreAdj below it, memory locks',
  CAP_NET_ADMIN: 'network devices, net sysctls',
  CAP_MKNOD: 'devices',
  CAP_SETUID: 'process.user, id maps',
  CAP_SETGID: 'process.user, id maps',
  CAP_SYS_PTRACE: 'namespaces of processes of other users',
  CAP_CHOWN: 'owners of devices and terminals',
  CAP_DAC_OVERRIDE: 'files of other users',
  CAP_KILL: 'signals to processes of other users',
};

function capabilities(): Finding {
  const about = { area: 'user', name: 'capabilities', needed: false } as const;
  const mask = /^CapEff:\s*([0-9a-f]+)$/m.exec(readOptional('/proc/self/status') ?? '')?.[1] ?? '0';
  const has = (bit: number): boolean =>
    (Number.parseInt(mask.slice(-1 - (bit >> 2), mask.length - (bit >> 2)) || '0', 16) & (1 << (bit & 3))) !== 0;
  const absent = (Object.keys(uses) as CapabilityName[]).filter((name) => !has(capabilityNumbers[name]));
  if (absent.length === 0) return { ...about, standing: 'available', found: 'all that tsrun uses' };
  return {
    ...about,
    standing: 'limited',
    found: `without ${absent.map((name) => `${name} (${uses[name] ?? ''})`).join(', ')}`,
    remedy:
      'use a user namespace (tsrun spec --rootless), which gives those that concern the container itself, or start tsrun as root or with --cap-add',
  };
}

/** newuidmap(1) and newgidmap(1), with ranges in subuid(5) and subgid(5): only with them an unprivileged user maps more than one id. */
function idRanges(euid: number): readonly Finding[] {
  return [idRange({ program: 'newuidmap', file: '/etc/subuid', euid }), idRange({ program: 'newgidmap', file: '/etc/subgid', euid })];
}

function idRange({ program, file, euid }: { readonly program: string; readonly file: string; readonly euid: number }): Finding {
  const about = { area: 'user', name: program, needed: false } as const;
  const path = (sys().variable({ name: 'PATH' }) ?? '/usr/bin:/bin')
    .split(':')
    .filter((directory) => directory.startsWith('/'))
    .map((directory) => `${directory}/${program}`)
    .find((candidate) => sys().access({ path: candidate, mode: 1 }));
  const range = rangeOf(readOptional(file) ?? '', [userName(euid), String(euid)]);
  if (path === undefined) {
    const remedy = `install ${program} (package uidmap, or shadow-utils), or map a single id`;
    return { ...about, standing: 'missing', found: 'not in PATH', remedy };
  }
  if (range === undefined) {
    const remedy = `usermod --add-${file.slice(5)}s 100000-165535 ${userName(euid)} as root, or map a single id`;
    return { ...about, standing: 'missing', found: `${path}; ${file} has no range for this user`, remedy };
  }
  if (!hasPrivileges(path)) {
    const remedy = `chmod u+s ${path} as root, or install it again`;
    return { ...about, standing: 'missing', found: `${path} has neither the set-user-id bit nor file capabilities`, remedy };
  }
  return { ...about, standing: 'available', found: `${path}; ${file}: ${range}` };
}

function rangeOf(text: string, names: readonly string[]): string | undefined {
  return text.split('\n').find((line) => names.includes(line.split(':', 1)[0] ?? ''));
}

const setUserId = 0o4000;

function hasPrivileges(path: string): boolean {
  const status = sys().status({ path, follow: true });
  if (status !== null && status.uid === 0 && (status.mode & setUserId) !== 0) return true;
  // security.capability is binary; only its presence matters.
  try {
    return sys().attribute({ path, name: 'security.capability' }) !== null;
  } catch {
    return true;
  }
}
