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
  test('enters all namespaces of the container at once, and the pid namespace with another clone', () => {
    const plan = execOf();
    expect(plan.cloneFlags).toBe(0);
    expect(only(plan, 'joinProcess')).toEqual({ op: 'joinProcess', pidfd: 4, namespaces: pid | mount | network | cgroup | ipc | uts });
    expect(only(plan, 'respawn').cloneFlags).toBe(0);
    expect(plan.descriptors).toEqual([{ kind: 'process' }]);
  });

  test('has its operations in order', () => {
    expect(names(execOf({ terminal: true, oomScoreAdj: 1, execCPUAffinity: { initial: '0', final: '1' } }))).toEqual([
      'cpuAffinity',
      'oomScoreAdj',
      'rlimit',
      'joinProcess',
      'terminal',
      'keyring',
      'workingDirectory',
      'findExecutable',
      'standardStreams',
      'boundingSet',
      'user',
      'capabilities',
      'noNewPrivileges',
      'respawn',
      'newSession',
      'cpuAffinity',
      'rlimit',
      'execute',
    ]);
  });

  test('makes the session leader take the terminal', () => {
    const controlling = (plan: ReturnType<typeof execOf>) => [only(plan, 'newSession').terminal, only(plan, 'terminal').controlling];
    expect(controlling(execOf({ terminal: true }))).toEqual([1, 0]);
    expect(controlling(execOf({ terminal: true }, { namespaces: [{ type: 'mount' }] }))).toEqual([0, 1]);
  });

  test('becomes root in a user namespace', () => {
    const plan = execOf({}, { namespaces: [{ type: 'user' }, { type: 'mount' }] });
    expect(only(plan, 'joinProcess').namespaces).toBe(user | mount);
    expect(names(plan)).not.toContain('respawn');
    const order = names(plan);
    expect(order.indexOf('becomeRoot')).toBe(order.indexOf('joinProcess') + 1);
  });

  test('changes the root if the container has no mount namespace, and joins nothing if it has no namespaces', () => {
    const plan = execOf({}, { namespaces: [] });
    expect(names(plan)).not.toContain('joinProcess');
    expect(plan.descriptors).toEqual([]);
    expect(only(plan, 'changeRoot').path).toBe('/bundle/rootfs');
  });

  test('is visible in the pid namespace only after it has left the host', () => {
    const order = names(execOf({}, { namespaces: [{ type: 'user' }, { type: 'pid' }] }));
    expect(order.slice(0, 5)).toEqual(['cpuAffinity', 'rlimit', 'joinProcess', 'becomeRoot', 'changeRoot']);
    expect(order.indexOf('respawn')).toBeGreaterThan(order.indexOf('capabilities'));
  });

  test("loads the container's filter", () => {
    const plan = execOf({ noNewPrivileges: true }, { seccomp: { defaultAction: 'SCMP_ACT_ALLOW' } }, { seccompFilter: new Uint8Array(16) });
    expect(names(plan).slice(-2)).toEqual(['seccomp', 'execute']);
  });

  describe('a process of exec has no more rights inside than its program', () => {
    /** { code, jt, jf, k } of struct sock_filter. */
    const filterOf = (...instructions: readonly (readonly [number, number, number, number])[]): Uint8Array => {
      const bytes = new DataView(new ArrayBuffer(instructions.length * 8));
      instructions.forEach(([code, jt, jf, k], index) => {
        bytes.setUint16(index * 8, code, true);
        bytes.setUint8(index * 8 + 2, jt);
        bytes.setUint8(index * 8 + 3, jf);
        bytes.setUint32(index * 8 + 4, k, true);
      });
      return new Uint8Array(bytes.buffer);
    };
    const [load, equal, answer, allow, refuse] = [0x20, 0x15, 0x06, 0x7fff0000, 0x50001];
    const refusing = (number: number) => filterOf([load, 0, 0, 0], [equal, 0, 1, number], [answer, 0, 0, refuse], [answer, 0, 0, allow]);
    const under = (seccompFilter: Uint8Array, seccomp: object = {}, process: Partial<Process> = {}, machine = 'x86_64') =>
      execOf(
        { noNewPrivileges: false, ...process },
        { seccomp: { defaultAction: 'SCMP_ACT_ALLOW', ...seccomp } },
        { seccompFilter, host: { ...host, machine } },
      );
    const before = (plan: ReturnType<typeof execOf>) => names(plan).slice(0, names(plan).indexOf('respawn')).slice(-3);
    const finished = ['seccomp', 'user', 'capabilities'];
    const unfinished = ['standardStreams', 'boundingSet', 'capabilities'];

    test.each([
      ['allows everything', filterOf([answer, 0, 0, allow]), 'x86_64'],
      ['refuses what is not called any more', refusing(165), 'x86_64'],
      ['refuses clone by the number of another machine', refusing(220), 'x86_64'],
      ['refuses exit_group by the number of another machine', refusing(231), 'aarch64'],
    ])('with a filter that %s', (_, filter, machine) => {
      expect(before(under(filter, {}, {}, machine))).toEqual(finished);
    });

    test.each([
      ['refuses clone', refusing(56), 'x86_64'],
      ['refuses exit_group', refusing(231), 'x86_64'],
      ['refuses clone of arm64', refusing(220), 'aarch64'],
      ['refuses setsid', refusing(112), 'x86_64'],
      ['kills', filterOf([answer, 0, 0, 0x80000000]), 'x86_64'],
      ['is of an unknown machine', filterOf([answer, 0, 0, allow]), 'riscv64'],
      ['computes what is not known', filterOf([0x04, 0, 0, 1], [answer, 0, 0, allow]), 'x86_64'],
      ['has no end', filterOf([load, 0, 0, 0]), 'x86_64'],
    ])('except for a few with a filter that %s', (_, filter, machine) => {
      expect(before(under(filter, {}, {}, machine))).toEqual(unfinished);
    });

    test('except for those to load a filter with a listener, which is fetched from the process itself', () => {
      const notify = { syscalls: [{ names: ['mount'], action: 'SCMP_ACT_NOTIFY' }], listenerPath: '/run/agent' };
      expect(before(under(filterOf([answer, 0, 0, allow]), notify))).toEqual(unfinished);
    });

    test('except for those of a scheduler that is not inherited', () => {
      const rights = (process: Partial<Process>) =>
        execOf({ capabilities: {}, ...process }).operations[names(execOf({ capabilities: {}, ...process })).indexOf('respawn') - 1];
      const [setgid, setuid, nice] = [6, 7, 23].map((number) => 2 ** number) as [number, number, number];
      expect(rights({ scheduler: { policy: 'SCHED_FIFO', priority: 1 } })).toEqual({ op: 'noNewPrivileges' });
      for (const scheduler of [
        { policy: 'SCHED_DEADLINE' },
        { policy: 'SCHED_FIFO', priority: 1, flags: ['SCHED_FLAG_RESET_ON_FORK'] },
      ] as const) {
        expect(rights({ scheduler })).toMatchObject({ op: 'capabilities', permitted: setgid + setuid + nice, inheritable: 0 });
      }
    });
  });

  test('does not put its terminal on /dev/console', () => {
    expect(only(execOf({ terminal: true }), 'terminal').mountConsole).toBe(0);
  });
});
