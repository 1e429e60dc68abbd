import { describe, expect, test } from 'vitest';
import { buildCreatePlan } from '../../../src/plan/build.js';
import { PlanCache } from '../../../src/cache/plans.js';
import type { CreateInput } from '../../../src/plan/types.js';
import { defaultSpec, host, inputWith, specWith } from '../plan/fixtures.js';

/** Its plan depends on everything that a plan may depend on. */
const spec = specWith({
  top: {
    mounts: [...defaultSpec.mounts, { destination: '/data', source: 'data', options: ['bind'] }],
    hooks: { createContainer: [{ path: '/hook' }], startContainer: [{ path: '/hook' }] },
  },
  linux: {
    namespaces: [{ type: 'pid' }, { type: 'mount' }, { type: 'user', path: '/run/userns/a' }, { type: 'network', path: '/run/netns/a' }],
    seccomp: { defaultAction: 'SCMP_ACT_ALLOW' },
  },
});
const first = inputWith({ spec, seccompFilter: new Uint8Array(8) });

describe('a cached plan', () => {
  test.each<readonly [string, Partial<CreateInput>]>([
    ['id', { id: 'other', stateDirectory: '/run/tsrun/other' }],
    ['cgroup', { cgroupPath: '/tsrun/other' }],
    ['lack of a cgroup', { cgroupPath: null }],
    ['bundle', { bundle: '/elsewhere' }],
    ['root file system', { rootfs: '/elsewhere' }],
    ['overlay', { overlay: { lowers: ['/bundle/rootfs'], directory: null } }],
    ['way to change the root', { noPivot: true }],
    ['keyring', { noNewKeyring: true }],
    ['kept descriptors', { preserve: 2 }],
    ['sockets', { listenFds: 1 }],
    ['way of waiting', { waitsOnListener: false }],
    ['filter', { seccompFilter: new Uint8Array(16) }],
    ['notify socket', { notifyDirectory: '/run/tsrun/web/notify' }],
    ['place of the hierarchy', { host: { ...host, cgroupMount: '/sys/fs/cgroup/unified' } }],
    ['caller', { host: { ...host, euid: 1000 } }],
    ['configuration', { spec: specWith() }],
  ])('is not used for a container with another %s', (_, change) => {
    const cache = new PlanCache();
    cache.build(first);
    const second = { ...first, ...change };
    expect(cache.build(second)).toEqual(buildCreatePlan(second));
    // The first one has not changed either.
    expect(cache.build(first)).toEqual(buildCreatePlan(first));
  });

  test('ends the lines of a terminal as each container wants', () => {
    const cache = new PlanCache();
    const terminal = inputWith({ spec: specWith({ process: { terminal: true } }) });
    cache.build(terminal);
    const plain = { ...terminal, plainLines: true };
    expect(cache.build(plain)).toEqual(buildCreatePlan(plain));
    expect(buildCreatePlan(plain)).not.toEqual(buildCreatePlan(terminal));
  });

  test('has the same operations wherever they do not contain the id', () => {
    const cache = new PlanCache();
    const shared = specWith();
    const one = cache.build(inputWith({ spec: shared }));
    const two = cache.build(inputWith({ spec: shared, id: 'other', cgroupPath: '/tsrun/other', host: { ...host } }));
    const own = two.operations.filter((operation, index) => operation !== one.operations[index]);
    expect(own).toEqual([{ op: 'keyring', name: '_ses.other', label: '' }]);
  });
});
