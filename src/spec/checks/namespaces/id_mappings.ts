import type { Check } from '../../check.js';
import { lacksMappings, withMappings } from '../../default_mappings.js';
import { hasNamespace, makesUserNamespace } from '../../namespaces.js';
import { noProblems, problem, show, token, warning, type Problem } from '../../problem.js';
import type { IdMapping, Linux, Spec } from '../../types.js';

/** Since Linux 4.15 (user_namespaces(7)). */
const mostLines = 340;

const kinds = [
  { field: 'uidMappings', id: 'uid' },
  { field: 'gidMappings', id: 'gid' },
] as const;

/** `linux.uidMappings` and `gidMappings` belong to a new user namespace, which has both or neither. */
export const mappingsFitUserNamespace: Check = (spec) => {
  const uids = spec.linux?.uidMappings ?? [];
  const gids = spec.linux?.gidMappings ?? [];
  if (!hasNamespace(spec, 'user')) {
    if (uids.length === 0 && gids.length === 0) return noProblems;
    // runc and crun do not even read them here.
    const pointer = uids.length > 0 ? '/linux/uidMappings' : '/linux/gidMappings';
    return [
      warning({
        pointer,
        expected: 'absent without a user namespace',
        found: 'an array',
        remedy: 'add {"type": "user"} to /linux/namespaces, or remove the mappings',
      }),
    ];
  }
  if (!makesUserNamespace(spec)) return ignoredMappings(uids.length + gids.length);
  if (lacksMappings(spec)) return [onlyRoot, ...processIsMapped(withMappings(spec))];
  return [...kinds.flatMap(({ field, id }) => mapsRoot(spec, field, id)), ...processIsMapped(spec)];
};

const onlyRoot = warning({
  pointer: '/linux/uidMappings',
  expected: 'a list of mappings',
  found: 'nothing',
  remedy: 'map the ids of the container; otherwise its only user is root, which is also root on the host',
});

/** The specification says that they are ignored (config-linux.md, "User namespace mappings"). */
function ignoredMappings(count: number): readonly Problem[] {
  if (count === 0) return noProblems;
  return [
    warning({
      pointer: '/linux/uidMappings',
      expected: 'absent with the path of a user namespace',
      found: 'an array',
      remedy: 'remove the mappings: the namespace has its own',
    }),
  ];
}

function mapsRoot(spec: Spec, field: 'uidMappings' | 'gidMappings', id: string): readonly Problem[] {
  const mappings = spec.linux?.[field] ?? [];
  if (isMapped(mappings, 0)) return noProblems;
  const words =
    mappings.length === 0
      ? `user namespaces enabled, but no ${id} mappings found`
      : `user namespaces enabled, but no mapping found for ${id} 0`;
  return [
    problem({
      pointer: `/linux/${field}`,
      expected: `a list with ${id} 0`,
      found: show(spec.linux?.[field]),
      remedy: "map id 0, because the container's root sets the container up",
      words,
    }),
  ];
}

/** A process cannot take an id that its user namespace does not map (setuid(2), EINVAL). */
function processIsMapped({ process, linux }: Spec): readonly Problem[] {
  if (process === undefined) return noProblems;
  const { uid, gid, additionalGids = [] } = process.user;
  const uids = linux?.uidMappings ?? [];
  const gids = linux?.gidMappings ?? [];
  // Already refused; groups times mappings would take hours.
  if (uids.length > mostLines || gids.length > mostLines) return noProblems;
  return [
    ...(isMapped(uids, uid) ? noProblems : [unmapped('/process/user/uid', uid, 'uidMappings')]),
    ...(isMapped(gids, gid) ? noProblems : [unmapped('/process/user/gid', gid, 'gidMappings')]),
    ...additionalGids.flatMap((id, index) =>
      isMapped(gids, id) ? noProblems : [unmapped(`/process/user/additionalGids${token(index)}`, id, 'gidMappings')],
    ),
  ];
}

function unmapped(pointer: string, id: number, field: string): Problem {
  return problem({ pointer, expected: `mapped by /linux/${field}`, found: show(id), remedy: 'map the id, or choose one that is mapped' });
}

function isMapped(mappings: readonly IdMapping[], id: number): boolean {
  return mappings.some(({ containerID, size }) => id >= containerID && id - containerID < size);
}

/** Finds what makes the kernel fail with EINVAL when maps are written (user_namespaces(7)). */
export const mappingsDoNotOverlap: Check = ({ linux, mounts }) => {
  const problems: Problem[] = [];
  const visit = (holder: Pick<Linux, 'uidMappings' | 'gidMappings'>, pointer: string): void => {
    for (const { field } of kinds) problems.push(...overlaps(holder[field] ?? [], `${pointer}/${field}`));
  };
  if (linux?.uidMappings !== undefined || linux?.gidMappings !== undefined) visit(linux, '/linux');
  mounts?.forEach((mount, index) => {
    if (mount.uidMappings !== undefined || mount.gidMappings !== undefined) visit(mount, `/mounts${token(index)}`);
  });
  return problems;
};

function overlaps(mappings: readonly IdMapping[], pointer: string): readonly Problem[] {
  if (mappings.length === 0) return noProblems;
  if (mappings.length > mostLines) {
    return [
      problem({ pointer, expected: `at most ${mostLines} mappings`, found: String(mappings.length), remedy: 'merge adjacent ranges' }),
    ];
  }
  const problems: Problem[] = [];
  mappings.forEach((mapping, index) => {
    for (const side of ['containerID', 'hostID'] as const) {
      if (mapping[side] + mapping.size > 2 ** 32 - 1) {
        problems.push(
          problem({
            pointer: `${pointer}${token(index)}/size`,
            expected: `such that ${side} + size is at most 4294967295`,
            found: show(mapping.size),
            remedy: 'shorten the range',
          }),
        );
      }
      const earlier = mappings.findIndex((other) => other[side] < mapping[side] + mapping.size && mapping[side] < other[side] + other.size);
      if (earlier < index) {
        problems.push(
          problem({
            pointer: `${pointer}${token(index)}/${side}`,
            expected: 'outside all other ranges',
            found: `an overlap with entry ${earlier}`,
            remedy: 'correct one of the two ranges',
          }),
        );
      }
    }
  });
  return problems;
}
