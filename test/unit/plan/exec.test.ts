import { describe, expect, test } from 'vitest';
import { buildExecPlan } from '../../../src/plan/exec.js';
import type { ExecInput } from '../../../src/plan/types.js';
import { namespaceFlags } from '../../../src/spec/names/namespaces.js';
import type { Process } from '../../../src/spec/types.js';
import { host, names, only, specWith } from './fixtures.js';

const { pid, mount, user, network, cgroup, ipc, uts } = namespaceFlags;

function execOf(process: Partial<Process> = {}, linux: Readonly<Record<string, unknown>> = {}, changes: Partial<ExecInput> = {}) {
  const spec = specWith({ linux });
  return buildExecPlan({
    id: 'web',
    spec,
    rootfs: '/bundle/rootfs',
    process: { ...spec.process, ...process },
    host,
    noNewKeyring: false,
    preserve: 0,
    listenFds: 0,
    seccompFilter: null,
    ...changes,
  });
}

describe('buildExecPlan', () => {
  test('enters all namespaces of the container at once, the pid namespace by one more clone', () => {
    const plan = execOf();
    expect(plan.cloneFlags).toBe(0);
    expect(only(plan, 'joinProcess')).toEqual({ op: 'joinProcess', pidfd: 4, namespaces: pid | mount | network | cgroup | ipc | uts });
    expect(only(plan, 'respawn').cloneFlags).toBe(0);
    expect(plan.descriptors).toEqual([{ kind: 'process' }]);
  });

  test('in order', () => {
    expect(names(execOf({ terminal: true, oomScoreAdj: 1, execCPUAffinity: { initial: '0', final: '1' } }))).toEqual([
      'cpuAffinity',
      'oomScoreAdj',
      'rlimit',
      'joinProcess',
      'boundingSet',
      'capabilities',
      'respawn',
      'newSession',
      'terminal',
      'keyring',
      'cpuAffinity',
      'rlimit',
      'workingDirectory',
      'findExecutable',
      'standardStreams',
      'user',
      'capabilities',
      'noNewPrivileges',
      'execute',
    ]);
  });

  test('becomes root of a user namespace', () => {
    const plan = execOf({}, { namespaces: [{ type: 'user' }, { type: 'mount' }] });
    expect(only(plan, 'joinProcess').namespaces).toBe(user | mount);
    expect(names(plan)).not.toContain('respawn');
    const order = names(plan);
    expect(order.indexOf('becomeRoot')).toBe(order.indexOf('joinProcess') + 1);
  });

  test('changes into the root where the container has no mount namespace, and joins nothing where it has none at all', () => {
    const plan = execOf({}, { namespaces: [] });
    expect(names(plan)).not.toContain('joinProcess');
    expect(plan.descriptors).toEqual([]);
    expect(only(plan, 'changeRoot').path).toBe('/bundle/rootfs');
  });

  test('is seen in the pid namespace only once it has left the host', () => {
    const changesRoot = names(execOf({}, { namespaces: [{ type: 'user' }, { type: 'pid' }] }));
    expect(changesRoot.slice(0, 8)).toEqual(['cpuAffinity', 'rlimit', 'joinProcess', 'becomeRoot', 'changeRoot', 'boundingSet', 'capabilities', 'respawn']);
  });

  test("the container's filter holds for it too", () => {
    const plan = execOf({ noNewPrivileges: true }, { seccomp: { defaultAction: 'SCMP_ACT_ALLOW' } }, { seccompFilter: new Uint8Array(16) });
    expect(names(plan).slice(-2)).toEqual(['seccomp', 'execute']);
  });

  test('may do no more inside than its program may and its start needs', () => {
    const before = (plan: ReturnType<typeof execOf>) => plan.operations[names(plan).indexOf('respawn') - 1];
    const [chown, override, kill, setgid, setuid, admin, nice] = [0, 1, 5, 6, 7, 21, 23].map((number) => 2 ** number) as [number, number, number, number, number, number, number];
    const least = chown + override + setgid + setuid;
    const none = { capabilities: {} };
    const filter = { seccompFilter: new Uint8Array(16) };
    const profile = { seccomp: { defaultAction: 'SCMP_ACT_ALLOW' } };
    expect(before(execOf(none))).toEqual({ op: 'capabilities', effective: least, permitted: least, inheritable: 0, ambient: 0 });
    expect(before(execOf({ capabilities: { permitted: ['CAP_KILL', 'CAP_CHOWN'] } }))).toMatchObject({ permitted: least + kill });
    expect(before(execOf({ ...none, noNewPrivileges: true }, profile, filter))).toMatchObject({ permitted: least });
    expect(before(execOf({ ...none, noNewPrivileges: false }, profile, filter))).toMatchObject({ permitted: least + admin });
    expect(before(execOf({ ...none, scheduler: { policy: 'SCHED_BATCH' } }))).toMatchObject({ permitted: least + nice });
  });

  test('the terminal is not on /dev/console', () => {
    expect(only(execOf({ terminal: true }), 'terminal').mountConsole).toBe(0);
  });
});
