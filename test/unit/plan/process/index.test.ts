import { describe, expect, test } from 'vitest';
import { capabilityNumbers } from '../../../../src/spec/names/capabilities.js';
import { environmentOf } from '../../../../src/plan/process/environment.js';
import { numberListMask } from '../../../../src/spec/names/number_list.js';
import { sysctlPath } from '../../../../src/plan/namespaces/sysctl.js';
import { all, host, names, only, planOf } from '../fixtures.js';

const bits = (...list: (keyof typeof capabilityNumbers)[]): number => list.reduce((mask, name) => mask + 2 ** capabilityNumbers[name], 0);

describe('the environment', () => {
  test('uses the last of several entries with one name', () => {
    expect(environmentOf(['A=1', 'B=2', 'A=3', 'HOME=/h'], 0).entries).toEqual(['B=2', 'A=3', 'HOME=/h']);
  });

  test('has the PATH in which the program is searched for', () => {
    expect(environmentOf(['PATH=/a:/b'], 0).path).toBe('/a:/b');
    expect(environmentOf([], 0).path).toBe('');
  });

  test.each([
    [['A=1'], true],
    [['HOME='], true],
    [['HOME=/x'], false],
  ])('%j: HOME is needed: %s', (env, needed) => {
    const { needsHome, entries } = environmentOf(env, 0);
    expect(needsHome).toBe(needed);
    expect(entries).not.toContain('HOME=');
  });

  test('contains the number of inherited sockets', () => {
    expect(environmentOf(['LISTEN_FDS=9'], 2).entries).toEqual(['LISTEN_FDS=2', 'LISTEN_PID=1']);
  });
});

describe('capabilities', () => {
  test('that are not configured are none', () => {
    const plan = planOf({ process: { capabilities: undefined } });
    expect(only(plan, 'boundingSet').mask).toBe(0);
    expect(only(plan, 'capabilities')).toEqual({ op: 'capabilities', effective: 0, permitted: 0, inheritable: 0, ambient: 0 });
  });

  test('are written to the five sets, beyond 32 bits', () => {
    const capabilities = {
      bounding: ['CAP_CHECKPOINT_RESTORE', 'CAP_CHOWN'],
      effective: ['CAP_BPF'],
      permitted: ['CAP_BPF', 'CAP_KILL'],
      inheritable: ['CAP_KILL'],
      ambient: ['CAP_KILL'],
    };
    const plan = planOf({ process: { capabilities } });
    expect(only(plan, 'boundingSet').mask).toBe(bits('CAP_CHECKPOINT_RESTORE', 'CAP_CHOWN'));
    expect(only(plan, 'capabilities')).toMatchObject({
      effective: bits('CAP_BPF'),
      permitted: bits('CAP_BPF', 'CAP_KILL'),
      inheritable: bits('CAP_KILL'),
      ambient: bits('CAP_KILL'),
    });
  });

  test('that are ambient must be permitted and inheritable', () => {
    const capabilities = { permitted: ['CAP_KILL', 'CAP_CHOWN'], inheritable: ['CAP_CHOWN'], ambient: ['CAP_KILL', 'CAP_CHOWN'] };
    expect(only(planOf({ process: { capabilities } }), 'capabilities').ambient).toBe(bits('CAP_CHOWN'));
  });

  test('that the host or the kernel does not have are left out', () => {
    const capabilities = { permitted: ['CAP_KILL', 'CAP_SYS_RESOURCE', 'CAP_TOSTRING', 'constructor'] };
    const poor = { ...host, boundingSet: bits('CAP_KILL', 'CAP_CHOWN') };
    expect(only(planOf({ process: { capabilities } }, { host: poor }), 'capabilities').permitted).toBe(bits('CAP_KILL'));
    const inside = planOf({ process: { capabilities }, linux: { namespaces: [{ type: 'user' }, { type: 'mount' }] } }, { host: poor });
    expect(only(inside, 'capabilities').permitted).toBe(bits('CAP_KILL', 'CAP_SYS_RESOURCE'));
  });
});

describe('limits', () => {
  const process = { rlimits: [{ type: 'RLIMIT_CORE', soft: 0, hard: 18446744073709551615n }], oomScoreAdj: -500 };

  test("are set by tsrun-init while in the host's user namespace", () => {
    const plan = planOf({ process });
    expect(only(plan, 'rlimit')).toEqual({
      op: 'rlimit',
      resource: 4,
      soft: 0,
      hard: 18446744073709551615n,
      raise: 0,
      name: 'RLIMIT_CORE',
    });
    expect(only(plan, 'oomScoreAdj').value).toBe(-500);
    expect(plan.hostOomScoreAdj).toBeNull();
  });

  test('are raised by tsrun for a process that is born in a user namespace, and set at its end', () => {
    const plan = planOf({ process, linux: { namespaces: [{ type: 'user' }, { type: 'mount' }] } });
    expect(only(plan, 'rlimit')).toEqual({
      op: 'rlimit',
      resource: 4,
      soft: 0,
      hard: 18446744073709551615n,
      raise: 0,
      name: 'RLIMIT_CORE',
    });
    expect(names(plan).indexOf('rlimit')).toBeGreaterThan(names(plan).indexOf('readonlyPath'));
    expect(plan.hostLimits).toEqual([{ resource: 4, hard: 18446744073709551615n }]);
    expect(plan.hostOomScoreAdj).toBe(-500);
  });

  test('are raised before a user namespace is entered', () => {
    const plan = planOf({ process, linux: { namespaces: [{ type: 'user', path: '/proc/1/ns/user' }, { type: 'mount' }] } });
    const limits = plan.operations.filter(({ op }) => op === 'rlimit');
    expect(limits.map((operation) => (operation.op === 'rlimit' ? operation.raise : null))).toEqual([1, 0]);
    expect(names(plan).indexOf('rlimit')).toBeLessThan(names(plan).indexOf('joinNamespace'));
  });
});

describe('the user of a process', () => {
  test('has a umask and groups', () => {
    const { umask, groups, uid, gid } = only(
      planOf({ process: { user: { uid: 5, gid: 6, umask: 0o27, additionalGids: [7, 4294967294] } } }),
      'user',
    );
    expect([uid, gid, umask]).toEqual([5, 6, 0o27]);
    expect(groups).toEqual(Uint8Array.of(7, 0, 0, 0, 254, 255, 255, 255));
  });

  test("has the umask 022 by default, whatever the caller's is", () => {
    expect(only(planOf(), 'user').umask).toBe(0o022);
  });
});

describe('the last operations of a plan', () => {
  const seccompFilter = new Uint8Array(8);
  const seccomp = { defaultAction: 'SCMP_ACT_ALLOW' };
  const last = (noNewPrivileges: boolean): string[] => {
    const plan = planOf(
      { process: { noNewPrivileges }, linux: { seccomp }, top: { hooks: { startContainer: [{ path: '/h' }] } } },
      { seccompFilter },
    );
    return names(plan).slice(names(plan).indexOf('ready') + 1);
  };

  test('load the filter last with no_new_privs, but before programs of the image', () => {
    expect(last(true)).toEqual(['standardStreams', 'boundingSet', 'user', 'capabilities', 'noNewPrivileges', 'seccomp', 'hook', 'execute']);
  });

  test('load it while there are privileges without no_new_privs', () => {
    expect(last(false)).toEqual(['standardStreams', 'boundingSet', 'seccomp', 'user', 'capabilities', 'hook', 'execute']);
  });

  test('search for the program before the container counts as created', () => {
    const order = names(planOf());
    expect(order.indexOf('findExecutable')).toBeLessThan(order.indexOf('ready'));
    expect(order.at(-1)).toBe('execute');
  });

  test('have the listening socket only for create', () => {
    expect(only(planOf(), 'ready').listener).toBe(4);
    const run = planOf({}, { waitsOnListener: false });
    expect(only(run, 'ready').listener).toBe(-1);
    expect(run.descriptors).toEqual([]);
  });

  test("keep the program's descriptors up to tsrun-init's socket", () => {
    expect(only(planOf({}, { preserve: 2 }), 'execute').preserve).toBe(5);
  });
});

describe('security labels', () => {
  test('are set if the module is enabled', () => {
    const plan = planOf(
      { process: { apparmorProfile: 'web', selinuxLabel: 'a:b:c:s0' } },
      { host: { ...host, apparmor: true, selinux: true } },
    );
    expect(all(plan, 'securityAttribute').map(({ attribute, value }) => [attribute, value])).toEqual([
      ['apparmor/exec', 'exec web'],
      ['exec', 'a:b:c:s0'],
    ]);
    expect(only(plan, 'keyring').label).toBe('a:b:c:s0');
  });

  test('are set before the container counts as created, so that create reports a wrong one', () => {
    const order = names(planOf({ process: { apparmorProfile: 'web' } }, { host: { ...host, apparmor: true } }));
    expect(order.indexOf('securityAttribute')).toBeLessThan(order.indexOf('ready'));
  });

  test.each([
    ['apparmorProfile', 'apparmor'],
    ['selinuxLabel', 'selinux'],
  ])('are refused for %s if %s is absent', (field, module) => {
    expect(() => planOf({ process: { [field]: 'x' } })).toThrow(`${module} is not enabled on the host`);
  });
});

describe('scheduling attributes', () => {
  test('have the numbers of policy, flags, classes and nodes', () => {
    const plan = planOf({
      process: {
        scheduler: {
          policy: 'SCHED_DEADLINE',
          flags: ['SCHED_FLAG_RESET_ON_FORK', 'SCHED_FLAG_DL_OVERRUN'],
          runtime: 10,
          deadline: 20,
          period: 30,
        },
        ioPriority: { class: 'IOPRIO_CLASS_IDLE', priority: 7 },
      },
      linux: {
        memoryPolicy: { mode: 'MPOL_BIND', nodes: '0-1,64', flags: ['MPOL_F_STATIC_NODES'] },
        personality: { domain: 'LINUX32' },
      },
    });
    expect(only(plan, 'scheduler')).toEqual({
      op: 'scheduler',
      policy: 6,
      nice: 0,
      priority: 0,
      schedFlags: 5,
      runtime: 10,
      deadline: 20,
      period: 30,
    });
    expect(only(plan, 'ioPriority').value).toBe((3 << 13) | 7);
    expect(only(plan, 'memoryPolicy')).toMatchObject({ mode: 0x8002, maxNode: 129 });
    expect(only(plan, 'personality').persona).toBe(8);
  });

  test.each([
    ['', []],
    ['0', [1, 0, 0, 0, 0, 0, 0, 0]],
    ['0-2, 9', [7, 2, 0, 0, 0, 0, 0, 0]],
    ['64', [0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]],
  ])('convert the list "%s" to a mask', (list, mask) => {
    expect([...numberListMask(list)]).toEqual(mask);
  });
});

describe('hooks', () => {
  test("of the container's namespaces run before the switch of the root, and tsrun runs the host's", () => {
    const hook = { path: '/bin/hook', args: ['hook', 'x'], env: ['A=1'], timeout: 2 };
    const plan = planOf({ top: { hooks: { createRuntime: [hook], createContainer: [hook] }, annotations: { a: '\u0001' } } });
    const order = names(plan);
    expect(order.indexOf('sync')).toBeLessThan(order.indexOf('hook'));
    expect(order.indexOf('hook')).toBeLessThan(order.indexOf('pivotRoot'));
    const { timeout, args, environment, state } = only(plan, 'hook');
    expect({ timeout, args, environment }).toEqual({ timeout: 2000, args: ['hook', 'x'], environment: ['A=1'] });
    expect(state.split('\x01')).toHaveLength(2);
    expect(JSON.parse(state.replace('\x01', '42'))).toEqual({
      ociVersion: '1.2.1',
      id: 'web',
      status: 'creating',
      pid: 42,
      bundle: '/bundle',
      annotations: { a: '\u0001' },
    });
  });

  test('that do not exist are not waited for', () => {
    expect(names(planOf())).not.toContain('sync');
  });
});

describe('the terminal', () => {
  test('is created after the switch of the root, and mounted on /dev/console', () => {
    const plan = planOf({ process: { terminal: true, consoleSize: { height: 24, width: 80 } } });
    expect(only(plan, 'terminal')).toMatchObject({ socket: 4, rows: 24, columns: 80, mountConsole: 1 });
    expect(plan.descriptors[0]).toEqual({ kind: 'console' });
    expect(names(plan).indexOf('terminal')).toBeGreaterThan(names(plan).indexOf('pivotRoot'));
  });
});

describe('sysctl', () => {
  test.each([
    ['net.ipv4.ip_forward', 'net/ipv4/ip_forward'],
    ['net/ipv4/conf/eth0.100/forwarding', 'net/ipv4/conf/eth0.100/forwarding'],
    ['net.ipv4.conf.eth0/100.forwarding', 'net/ipv4/conf/eth0.100/forwarding'],
  ])('%s is %s', (name, path) => {
    expect(sysctlPath(name)).toBe(path);
  });
});

test('--no-new-keyring leaves the session keyring out', () => {
  expect(only(planOf(), 'keyring').name).toBe('_ses.web');
  expect(names(planOf({}, { noNewKeyring: true }))).not.toContain('keyring');
});
