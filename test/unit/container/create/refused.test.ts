import { describe, expect, test } from 'vitest';
import { createContainer } from '../../../../src/container/create/index.js';
import { planContainer } from '../../../../src/container/create/plan.js';
import { runContainer } from '../../../../src/container/run.js';
import type { CreationRequest } from '../../../../src/container/options.js';
import { sys } from '../../../../src/sys/call.js';
import type { Fd, Sys } from '../../../../src/sys/contract.js';
import { systemError } from '../../fake_sys.js';
import { hostWith, replaceCalls, root, type HostOptions } from '../../machine/host.js';
import { difference, snapshot } from '../../machine/failure/residue.js';
import type { Node } from '../../machine/kernel/tree.js';
import { call } from '../../machine/verbs.js';

interface Refused {
  readonly host?: HostOptions;
  readonly options?: Partial<CreationRequest>;
  readonly calls?: Partial<Sys>;
  readonly run?: true;
  /** Somebody removes its cgroup before its process is cloned. */
  readonly robbed?: true;
  readonly expected: Readonly<Record<string, unknown>>;
}

const text = (part: string): string => expect.stringContaining(part) as string;
const terminal = { config: { process: { terminal: true } } } as const;
const joined = { namespaces: [{ type: 'mount' }, { type: 'user', path: '/proc/9/ns/user' }] };
const made = {
  namespaces: [{ type: 'mount' }, { type: 'user' }],
  uidMappings: [{ containerID: 0, hostID: 5, size: 1 }],
  gidMappings: [{ containerID: 0, hostID: 5, size: 1 }],
};
const inUserNamespace = (files: Readonly<Record<string, string>>): HostOptions => ({
  files,
  config: { top: { hostname: undefined }, linux: made },
});
/** What the kernel says when the process is cloned. */
const notCloned = (code: string, name = 'clone3'): Pick<Sys, 'spawn' | 'spawnHere'> => {
  const refuse = ({ sockets }: Parameters<Sys['spawn']>[0]): never => {
    sys().close({ fd: sockets[1] as Fd });
    throw systemError(code, name, 'tsrun-init');
  };
  return { spawn: refuse, spawnHere: refuse };
};
const netDevice: HostOptions = { config: { linux: { netDevices: { eth7: {} } } } };

describe('what cannot be created is refused, and leaves nothing:', () => {
  test.each<readonly [string, Refused]>([
    [
      'a bundle that is missing',
      { options: { bundle: '/gone' }, expected: { operation: 'find bundle', path: '/gone', errno: 'ENOENT', hint: text('--bundle') } },
    ],
    [
      'a bundle that is a file',
      { options: { bundle: '/etc/passwd' }, expected: { message: 'find bundle "/etc/passwd": not a directory', errno: 'ENOTDIR' } },
    ],
    [
      'a root file system that is missing',
      {
        host: { config: { top: { root: { path: 'gone' } } } },
        expected: { operation: 'find rootfs', path: '/bundle/gone', hint: text('relative to the bundle') },
      },
    ],
    [
      'a root file system that is a file',
      { host: { config: { top: { root: { path: '/etc/passwd' } } } }, expected: { message: 'find rootfs "/etc/passwd": not a directory' } },
    ],
    [
      'a caller who is not root',
      {
        calls: { ids: () => ({ pid: 77, uid: 1000, euid: 1000, egid: 1000, secure: false }) },
        expected: { code: 'permission', errno: 'EPERM', hint: text('sudo') },
      },
    ],
    [
      'a limit without a cgroup',
      {
        host: { config: { linux: { resources: { pids: { limit: 5 } } } } },
        options: { noCgroup: true },
        expected: { code: 'unsupported', path: '/linux/resources/pids/limit', message: text('--cgroup-manager disabled') },
      },
    ],
    [
      'a pid file in a directory that is missing',
      { options: { pidFile: '/gone/pid' }, expected: { code: 'usage', errno: 'ENOENT', path: '/gone/pid' } },
    ],
    ['a pid file that is a directory', { options: { pidFile: '/work' }, expected: { code: 'usage', errno: 'EISDIR', path: '/work' } }],
    [
      'descriptors that nobody opened',
      { options: { preserveFds: 3 }, expected: { code: 'usage', message: 'preserve file descriptor 5: not open' } },
    ],
    [
      'descriptors behind those of socket activation that nobody opened',
      {
        host: { environment: ['LISTEN_FDS=2', 'LISTEN_PID=77'] },
        options: { preserveFds: 1 },
        expected: { message: 'preserve file descriptor 5: not open' },
      },
    ],
    ['a terminal for nobody', { host: terminal, expected: { code: 'usage', message: text('without setting console socket') } }],
    [
      'a console socket without a terminal',
      { options: { consoleSocket: '/run/console' }, expected: { code: 'usage', message: text('cannot use console socket') } },
    ],
    [
      'a console socket on which nobody listens',
      {
        host: terminal,
        options: { consoleSocket: '/run/console' },
        expected: { operation: 'connect console socket', errno: 'ENOENT', hint: text('must listen') },
      },
    ],
    [
      'a terminal where tsrun has none',
      { host: terminal, run: true, expected: { code: 'usage', path: '/dev/tty', errno: 'ENXIO', hint: text('--detach') } },
    ],
    [
      'a pidfd socket on which nobody listens',
      { options: { pidfdSocket: '/run/pidfd' }, expected: { operation: 'send pidfd', path: '/run/pidfd', errno: 'ENOENT' } },
    ],
    [
      'a notify socket on which nobody listens any more',
      { options: { notifySocket: '/run/gone' }, run: true, expected: { operation: 'connect notify socket', hint: text('unset it') } },
    ],
    [
      'a network device that is missing',
      {
        host: netDevice,
        calls: {
          moveNetDevice: ({ name }) => {
            throw systemError('ENODEV', 'rtnetlink', name);
          },
        },
        expected: { operation: 'move network device', path: 'eth7', errno: 'ENODEV' },
      },
    ],
    [
      'a user namespace with other ids than those of the configuration',
      {
        host: {
          config: { top: { hostname: undefined }, linux: { ...joined, uidMappings: [{ containerID: 0, hostID: 5, size: 1 }] } },
        },
        expected: { operation: 'join user namespace', path: '/linux/uidMappings', message: text('it maps "0 100000 65536"') },
      },
    ],
    [
      'a user namespace that the AppArmor profile of tsrun forbids',
      {
        host: inUserNamespace({ '/proc/self/attr/apparmor/current': 'narrow (enforce)\n' }),
        calls: notCloned('EACCES'),
        expected: {
          operation: 'clone3',
          errno: 'EACCES',
          hint: text('profile "narrow", which confines tsrun, forbids user namespaces: add "userns,"'),
        },
      },
    ],
    [
      'a user namespace where only root may make one',
      {
        host: inUserNamespace({ '/proc/sys/kernel/unprivileged_userns_clone': '0\n' }),
        calls: notCloned('EPERM'),
        expected: { errno: 'EPERM', hint: text('only root may create user namespaces: sysctl kernel.unprivileged_userns_clone=1') },
      },
    ],
    [
      'a user namespace where nobody may make one',
      {
        host: inUserNamespace({ '/proc/sys/user/max_user_namespaces': '0\n' }),
        calls: notCloned('ENOSPC'),
        expected: { errno: 'ENOSPC', hint: text('user.max_user_namespaces is 0') },
      },
    ],
    [
      'a user namespace in which AppArmor denies what needs a capability',
      {
        host: {
          ...inUserNamespace({ '/proc/sys/kernel/apparmor_restrict_unprivileged_userns': '1\n' }),
          script: ({ op }) => (op === 'mount' || op === 'rootfs' ? 'fail' : undefined),
        },
        expected: { errno: 'EPERM', hint: text('kernel.apparmor_restrict_unprivileged_userns=0') },
      },
    ],
    [
      'a tsrun-init that a security module forbids to be executed',
      {
        calls: notCloned('EACCES', 'execveat'),
        expected: { operation: 'execveat', errno: 'EACCES', hint: text('flags=(attach_disconnected)') },
      },
    ],
    [
      'a cgroup that goes away while its process is cloned',
      {
        robbed: true,
        expected: { operation: 'clone3', errno: 'ENODEV', hint: text('the same /linux/cgroupsPath') },
      },
    ],
    [
      'a standard stream that leads out of the container',
      {
        calls: {
          checkStreams: () => {
            throw systemError('EISDIR', 'hand over', '1');
          },
        },
        expected: { code: 'usage', errno: 'EISDIR', hint: text('would lead out of the container') },
      },
    ],
  ])('%s', async (_, { host, options, calls = {}, run, robbed, expected }) => {
    const machine = hostWith(host);
    const before = snapshot(machine);
    const spawnHere: Sys['spawnHere'] = (cloning) => {
      machine.cgroups.remove(machine.tree.find('/sys/fs/cgroup/tsrun-web') as Node);
      return machine.sys.spawnHere(cloning);
    };
    replaceCalls(machine, { ...calls, ...(robbed === true ? { spawnHere } : {}) });
    const asked = { until: run ? 'ended' : 'created', root, id: 'web', bundle: '/bundle', ...options } as const;
    await expect(run ? runContainer(asked) : createContainer(asked)).rejects.toMatchObject({ suppressed: [], ...expected });
    expect(difference(before, snapshot(machine))).toEqual([]);
    expect(machine.descriptors.mistakes).toEqual([]);
  });
});

describe('a terminal', () => {
  test('that is another device is refused: somebody who traces tsrun-init sent it', async () => {
    const machine = hostWith({ ...terminal, terminals: true });
    const before = snapshot(machine);
    const { status } = machine.sys;
    replaceCalls(machine, {
      status: (file) => {
        const found = status(file);
        return found?.kind === 'character' ? { ...found, minor: 1 } : found;
      },
    });
    await expect(runContainer({ until: 'ended', root, id: 'web', bundle: '/bundle' })).rejects.toMatchObject({
      operation: 'take terminal',
    });
    expect(difference(before, snapshot(machine))).toEqual([]);
  });

  test('has the size of ours before the program can look', async () => {
    const machine = hostWith({ ...terminal, terminals: true });
    const done: string[] = [];
    const { reply } = machine.sys;
    replaceCalls(machine, {
      resizeTerminal: ({ rows, columns }) => void done.push(`${rows} x ${columns}`),
      reply: (answer) => (done.push('go on'), reply(answer)),
    });
    await runContainer({ until: 'ended', root, id: 'web', bundle: '/bundle' });
    expect(done).toEqual(['24 x 80', 'go on']);
  });
});

describe('what a container keeps', () => {
  const kept = async (host: HostOptions, options: Partial<CreationRequest>): Promise<number | undefined> => {
    const machine = hostWith(host);
    let preserve: number | undefined;
    replaceCalls(machine, {
      isInherited: () => true,
      spawnHere: (cloning) => ((preserve = cloning.preserve), machine.sys.spawnHere(cloning)),
    });
    await createContainer({ until: 'created', root, id: 'web', bundle: '/bundle', ...options });
    return preserve;
  };

  test.each<readonly [string, readonly string[], number | undefined, number]>([
    ['is what the caller asks for', [], 2, 2],
    ['is the sockets of its unit', ['LISTEN_FDS=3', 'LISTEN_PID=77'], undefined, 3],
    ['is both', ['LISTEN_FDS=3', 'LISTEN_PID=77'], 2, 5],
    ['is nothing of the sockets of another process', ['LISTEN_FDS=3', 'LISTEN_PID=78'], undefined, 0],
    ['is nothing of a number that is none', ['LISTEN_FDS=x', 'LISTEN_PID=77'], undefined, 0],
    ['is nothing of more sockets than there can be', ['LISTEN_FDS=5000', 'LISTEN_PID=77'], undefined, 0],
  ])('%s', async (_, environment, preserveFds, expected) => {
    expect(await kept({ environment }, preserveFds === undefined ? {} : { preserveFds })).toBe(expected);
  });

  test('is only what a program names, whatever its own environment says', async () => {
    const environment = ['LISTEN_FDS=3', 'LISTEN_PID=77'];
    expect(await kept({ environment }, { given: { listen: [], others: [] } })).toBe(0);
    expect(await kept({ environment }, { given: { listen: [0], others: [1, 2] } })).toBe(3);
  });
});

describe('a plan', () => {
  test('is made without any change to the host', () => {
    const machine = hostWith();
    const before = snapshot(machine);
    const plan = planContainer({ until: 'planned', root, id: 'web', bundle: '/bundle' });
    expect(plan.operations.map(({ op }) => op)).toContain('pivotRoot');
    expect(difference(before, snapshot(machine))).toEqual([]);
  });
});

test('mounts without a mount namespace are warned of', async () => {
  hostWith({
    config: {
      top: { hostname: undefined, root: { path: 'rootfs' } },
      linux: { namespaces: [{ type: 'pid' }], maskedPaths: [], readonlyPaths: [] },
    },
  });
  const warnings: string[] = [];
  await createContainer({ until: 'created', root, id: 'web', bundle: '/bundle', warn: (warning) => warnings.push(warning) });
  expect(warnings).toContainEqual(text('not mounting anything'));
});

test('an id that is taken is refused, and its container stays as it is', async () => {
  const machine = hostWith();
  await call('create', '--bundle', '/bundle', 'web');
  machine.nextProgram();
  const before = snapshot(machine);
  await expect(call('create', '--bundle', '/bundle', 'web')).rejects.toThrow('container with given ID already exists');
  expect(difference(before, snapshot(machine))).toEqual([]);
});
