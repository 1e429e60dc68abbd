import type { Check } from '../check.js';
import { isBind } from '../mounts.js';
import { hasNamespace } from '../namespaces.js';
import { cleanPath } from '../cleaned_path.js';
import { noProblems, problem, show, token, warning, type Problem } from '../problem.js';
import type { Mount, Spec } from '../types.js';

type MountCheck = (mount: Mount, pointer: string, spec: Spec) => readonly Problem[];

/** Runs one rule over all of `mounts`. */
function forEachMount(check: MountCheck): Check {
  return (spec) => {
    let problems: Problem[] | undefined;
    const mounts = spec.mounts ?? [];
    for (let index = 0; index < mounts.length; index++) {
      const found = check(mounts[index] as Mount, `/mounts${token(index)}`, spec);
      if (found.length > 0) (problems ??= []).push(...found);
    }
    return problems ?? noProblems;
  };
}

/** A relative destination was allowed before version 1.0.0; it starts from the root, as in runc. */
export const destinationsAreAbsolute = forEachMount(({ destination }, pointer) => {
  if (destination.startsWith('/')) return noProblems;
  const details = { pointer: `${pointer}/destination`, expected: 'an absolute path', found: show(destination) };
  if (destination === '') return [problem({ ...details, remedy: 'name the path in the container' })];
  return [warning({ ...details, remedy: `write ${show(`/${destination}`)}, which is how tsrun reads it` })];
});

/**
 * A mount on the root would lie above the root directory of every process. A remount of the root changes the root and is allowed.
 * tsrun-init finds symlinks of the image that lead there, and bundle/checks/links_to_root.ts does so before.
 */
export const rootStaysBare = forEachMount(({ destination, options }, pointer) => {
  if (destination === '' || cleanPath(destination) !== '/' || options?.includes('remount') === true) return noProblems;
  const words = `${show(destination)} cannot be mounted because it is the root of the container`;
  return [
    problem({
      pointer: `${pointer}/destination`,
      expected: 'below the root',
      found: show(destination),
      remedy: 'name the root file system in /root/path',
      words,
    }),
  ];
});

export const bindsHaveSource = forEachMount((mount, pointer) => {
  if (!isBind(mount) || (mount.source ?? '') !== '' || mount.options?.includes('remount') === true) return noProblems;
  return [
    problem({
      pointer: `${pointer}/source`,
      expected: 'the path on the host',
      found: show(mount.source),
      remedy: 'name what is to be mounted',
    }),
  ];
});

/** tmpcopyup starts a tmpfs with a copy of what it hides. */
export const copyUpIsForTmpfs = forEachMount(({ options, type }, pointer) => {
  if (options?.includes('tmpcopyup') !== true || type === 'tmpfs') return noProblems;
  return [
    warning({
      pointer: `${pointer}/options`,
      expected: 'without "tmpcopyup" unless the type is "tmpfs"',
      found: show(type),
      remedy: 'remove the option',
    }),
  ];
});

/** Id-mapped mounts (config.md, "Mounts"; mount_setattr(2)), in runc's words. */
export const idmapsAreComplete = forEachMount((mount, pointer, spec) => {
  const uids = mount.uidMappings?.length ?? 0;
  const gids = mount.gidMappings?.length ?? 0;
  const option = mount.options?.find(isIdmapOption);
  if (uids === 0 && gids === 0 && option === undefined) return noProblems;
  if (!isBind(mount)) {
    const words = 'id-mapped mounts are only supported for bind-mounts';
    return [
      problem({
        pointer,
        expected: 'a bind mount',
        found: show(mount.type),
        remedy: 'add the option "bind" or "rbind", or remove the mappings',
        words,
      }),
    ];
  }
  if ((uids === 0) !== (gids === 0)) {
    const words = 'id-mapped mounts must have both uid and gid mappings specified';
    const field = uids === 0 ? 'uidMappings' : 'gidMappings';
    return [problem({ pointer: `${pointer}/${field}`, expected: 'a list of mappings', found: 'nothing', remedy: `add "${field}"`, words })];
  }
  if (uids === 0 && option?.includes('=') !== true && !hasNamespace(spec, 'user')) {
    return [
      problem({
        pointer: `${pointer}/options`,
        expected: 'accompanied by mappings, or by a user namespace that has mappings',
        found: show(option),
        remedy: 'add "uidMappings" and "gidMappings" to the mount',
      }),
    ];
  }
  return noProblems;
});

/** `idmap` and `ridmap`, and crun's form of them with the mappings after an equals sign. */
function isIdmapOption(option: string): boolean {
  return option.includes('idmap') && /^r?idmap(=|$)/.test(option);
}

/**
 * Files of procfs that lxcfs and similar programs mount over. runc has the same list plus /proc/net/dev: /proc/net is a link to the
 * directory of each process, so a mount would be visible only in that of tsrun-init. In the end runc refuses it too.
 */
const replaceableInProc: ReadonlySet<string> = new Set([
  '/proc/cpuinfo',
  '/proc/diskstats',
  '/proc/loadavg',
  '/proc/meminfo',
  '/proc/slabinfo',
  '/proc/stat',
  '/proc/swaps',
  '/proc/sys/crypto/fips_enabled',
  '/proc/sys/kernel/ns_last_pid',
  '/proc/uptime',
]);

/**
 * A mount over /proc could make tsrun write its security settings into a file of the container's choice (CVE-2019-16884, CVE-2019-19921).
 * For a bind mount on /proc itself, bundle/checks/proc_bind.ts checks the source.
 */
export const procStaysProc = forEachMount((mount, pointer) => {
  const destination = cleanPath(mount.destination);
  if (destination !== '/proc' && !destination.startsWith('/proc/')) return noProblems;
  if (replaceableInProc.has(destination)) return noProblems;
  if (destination === '/proc') {
    if (mount.type === 'proc' || isBind(mount)) return noProblems;
    const words = `${show(destination)} cannot be mounted because it is not of type proc`;
    return [
      problem({
        pointer: `${pointer}/type`,
        expected: '"proc"',
        found: show(mount.type),
        remedy: 'bind-mount the host\'s /proc, or use a mount of type "proc"',
        words,
      }),
    ];
  }
  const words = `${show(destination)} cannot be mounted because it is inside /proc`;
  return [
    problem({
      pointer: `${pointer}/destination`,
      expected: 'outside /proc',
      found: show(mount.destination),
      remedy: 'use maskedPaths or readonlyPaths to restrict /proc',
      words,
    }),
  ];
});
