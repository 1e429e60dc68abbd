import { problem, show, token, type Problem } from '../../problem.js';
import type { Resources, Spec } from '../../types.js';

interface Limit {
  readonly pointer: string;
  readonly controller: string;
  readonly value: unknown;
}

/**
 * Finds limits whose cgroup v2 controller the host does not offer. `create` refuses them because they would have no effect. `controllers`
 * are the words in cgroup.controllers.
 */
export function missingControllers({
  spec,
  controllers,
}: {
  readonly spec: Spec;
  readonly controllers: readonly string[];
}): readonly Problem[] {
  const resources = spec.linux?.resources;
  if (resources === undefined) return [];
  return limitsOf(resources)
    .filter(({ controller }) => !controllers.includes(controller))
    .map(({ pointer, controller, value }): Problem =>
      problem({
        pointer: `/linux/resources${pointer}`,
        expected: `absent without the cgroup v2 controller "${controller}"`,
        found: show(value),
        remedy: `remove the limit, or enable the controller for cgroup v2 (kernel parameter cgroup_no_v1=${controller === 'io' ? 'blkio' : controller} or systemd.unified_cgroup_hierarchy=1)`,
      }),
    );
}

/** What is really limited: as in runc, 0 means not set and a negative number means no limit. */
function limitsOf({
  memory = {},
  cpu = {},
  pids = {},
  blockIO = {},
  hugepageLimits = [],
  rdma = {},
  unified = {},
}: Resources): readonly Limit[] {
  const isSet = (value: unknown): boolean =>
    typeof value === 'number' ? value > 0 : Array.isArray(value) ? value.length > 0 : typeof value === 'string' && value !== '';
  const some = (group: object, pointer: string, controller: string, names: readonly string[]): readonly Limit[] =>
    Object.entries(group)
      .filter(([name, value]) => names.includes(name) && isSet(value))
      .map(([name, value]) => ({ pointer: `${pointer}/${name}`, controller, value: value as unknown }));
  return [
    ...some(memory, '/memory', 'memory', ['limit', 'reservation', 'swap']),
    ...some(cpu, '/cpu', 'cpu', ['shares', 'quota', 'burst', 'period', 'idle']),
    ...some(cpu, '/cpu', 'cpuset', ['cpus', 'mems']),
    ...(pids.limit === undefined || pids.limit <= 0 ? [] : [{ pointer: '/pids/limit', controller: 'pids', value: pids.limit }]),
    ...some(blockIO, '/blockIO', 'io', Object.keys(blockIO)),
    ...hugepageLimits.map(({ limit }, index) => ({ pointer: `/hugepageLimits${token(index)}`, controller: 'hugetlb', value: limit })),
    ...Object.entries(rdma).map(([name, value]) => ({ pointer: `/rdma${token(name)}`, controller: 'rdma', value })),
    ...Object.entries(unified).flatMap(([name, value]) => {
      const controller = name.slice(0, name.indexOf('.'));
      // Files of the core, such as cgroup.freeze, exist in every cgroup.
      return controller === 'cgroup' ? [] : [{ pointer: `/unified${token(name)}`, controller, value }];
    }),
  ];
}
