import { describe, expect, test } from 'vitest';
import { fromInit } from '../../../../src/init/failures/index.js';
import type { RuntimeError } from '../../../../src/errors/runtime_error.js';
import type { InitMessage } from '../../../../src/sys/contract.js';
import { step } from '../../../../src/protocol/numbers/steps.js';
import { mountOption, type Operation } from '../../../../src/protocol/operations.js';
import { shapes } from '../../../../src/protocol/shapes.js';

const EPERM = 1;
const ENOENT = 2;
const ENOEXEC = 8;
const EACCES = 13;
const ENODEV = 19;
const ENOTDIR = 20;
const EISDIR = 21;
const EINVAL = 22;

const failure = (fields: Partial<InitMessage>): InitMessage => ({
  type: 2,
  operation: 0,
  op: 0,
  step: step.none,
  errno: 0,
  value: 0,
  text: '',
  sender: 0,
  fd: -1,
  ...fields,
});
const thrown = (operation: Operation | undefined, fields: Partial<InitMessage>, phase: 'setup' | 'start' = 'setup'): RuntimeError =>
  fromInit({ message: failure(fields), operation, phase });

const mount = (fields: Partial<Extract<Operation, { op: 'mount' }>>): Operation => ({
  op: 'mount',
  options: 0,
  superblock: 0,
  set: 0,
  clear: 0,
  recursiveSet: 0,
  recursiveClear: 0,
  propagation: 0,
  idmap: -1,
  type: 'proc',
  source: 'proc',
  destination: '/proc',
  data: [],
  ...fields,
});

describe('the error of a mount', () => {
  test('contains type, destination, reason and hint', () => {
    expect(thrown(mount({}), { errno: EPERM, step: step.superblock, text: '/proc' })).toMatchObject({
      message: 'mount "proc" on "/proc": operation not permitted (EPERM)',
      code: 'setup',
      phase: 'setup',
      operation: 'mount',
      path: '/proc',
      errno: 'EPERM',
      hint: expect.stringContaining('pid namespace') as string,
    });
  });
  test('names a missing source of a bind mount', () => {
    const operation = mount({ options: mountOption.bind, type: 'bind', source: '/host/x', destination: '/x' });
    expect(thrown(operation, { errno: ENOENT, step: step.source, text: '/host/x' })).toMatchObject({
      message: 'bind "/host/x" on "/x": open the source: /host/x: no such file or directory (ENOENT)',
      hint: 'the source must exist on the host',
    });
  });
  test('names the option that the file system rejects', () => {
    const operation = mount({ type: 'tmpfs', source: 'tmpfs', destination: '/tmp' });
    expect(thrown(operation, { errno: EINVAL, step: step.option, text: 'sizzle=1' }).message).toBe(
      'mount "tmpfs" on "/tmp": set option "sizzle=1": invalid argument (EINVAL)',
    );
  });
  test('names a file system that the kernel does not support', () => {
    expect(thrown(mount({ type: 'foofs', source: 'x', destination: '/m' }), { errno: ENODEV, step: step.context })).toMatchObject({
      message: 'mount "x" on "/m": open the file system type: no such device (ENODEV)',
      hint: expect.stringContaining('/proc/filesystems') as string,
    });
  });
});

/** `docker run` chooses 126 or 127 by these words. */
describe('the error of an executable', () => {
  const find = (name: string): Operation => ({ op: 'findExecutable', home: 0, uid: 0, name, searchPath: '/bin' });
  test.each<[string, Operation, Partial<InitMessage>, string]>([
    ['not in PATH', find('foo'), { step: step.notFound, errno: ENOENT }, 'exec: "foo": executable file not found in $PATH'],
    ['missing', find('/nope'), { step: step.resolve, errno: ENOENT }, 'exec: "/nope": stat /nope: no such file or directory'],
    ['below a file', find('/f/x'), { step: step.resolve, errno: ENOTDIR }, 'exec: "/f/x": stat /f/x: not a directory'],
    ['not executable, in PATH', find('x'), { step: step.notExecutable, errno: EACCES }, 'exec: "x": executable file not found in $PATH'],
    ['not executable', find('/x'), { step: step.notExecutable, errno: EACCES }, 'exec: "/x": permission denied'],
    ['on a noexec mount', find('/x'), { step: step.noexec, errno: EACCES }, 'exec: "/x": permission denied'],
    ['a directory', find('/etc'), { step: step.isDirectory, errno: EISDIR }, 'exec: "/etc": is a directory'],
    [
      'without its interpreter',
      find('/s'),
      { step: step.interpreter, errno: ENOENT, text: '/no/sh' },
      'exec /s: no such file or directory: its interpreter "/no/sh" is missing',
    ],
    [
      'no program',
      { op: 'execute', preserve: 3, args: ['/g', 'a'], environment: [] },
      { step: step.exec, errno: ENOEXEC },
      'exec /g: exec format error',
    ],
  ])('%s', (_, operation, fields, message) => {
    expect(thrown(operation, fields, 'start')).toMatchObject({ message, code: 'executable', phase: 'start' });
  });
  test.each<readonly [string, number, string]>([
    ['E2BIG', 7, '/process/args and /process/env together are too long'],
    ['EACCES', EACCES, 'noexec mount'],
    ['ENOMEM', 12, 'the memory limit of the container'],
    ['EPERM', EPERM, 'the seccomp profile blocks execve'],
    ['ENOEXEC', ENOEXEC, 'begins with #!'],
    ['ENOENT', ENOENT, 'its interpreter'],
  ])('that execve(2) refuses with %s has a hint about that', (errno, number, hint) => {
    const error = thrown({ op: 'execute', preserve: 3, args: ['/g'], environment: [] }, { step: step.exec, errno: number });
    expect(error).toMatchObject({ errno, code: 'executable', path: '/g', hint: expect.stringContaining(hint) as string });
  });
  test('that execve(2) refuses for another reason has no hint', () => {
    const error = thrown({ op: 'execute', preserve: 3, args: ['/g'], environment: [] }, { step: step.exec, errno: EINVAL });
    expect(error).toMatchObject({ message: 'exec /g: invalid argument', hint: undefined });
  });
  test('whose interpreter has no known name', () => {
    expect(thrown(find('/s'), { step: step.interpreter, errno: ENOENT }).message).toBe(
      'exec /s: no such file or directory: its interpreter is missing',
    );
  });
  test('has another hint for a noexec mount than for a missing permission', () => {
    expect(thrown(find('/x'), { step: step.noexec }).hint).toContain('noexec');
    expect(thrown(find('/x'), { step: step.notExecutable }).hint).not.toContain('noexec');
  });
});

describe('the error of a working directory', () => {
  const operation: Operation = { op: 'workingDirectory', path: '/x' };
  test("that is missing has runc's words", () => {
    expect(thrown(operation, { errno: ENOENT, step: step.changeDirectory, text: '/x' })).toMatchObject({
      message: 'chdir to cwd ("/x") set in config.json failed: no such file or directory',
      errno: 'ENOENT',
    });
  });
  test('outside of the root is named as such', () => {
    expect(thrown(operation, { step: step.outside }).message).toContain('outside of container mount namespace root');
  });
});

describe('the error of a hook inside the container', () => {
  const operation: Operation = { op: 'hook', index: 1, timeout: 1500, home: 0, path: '/h', args: ['/h'], environment: [], state: '' };
  test.each<[Partial<InitMessage>, 'setup' | 'start', string]>([
    [{ step: step.status, value: 3 << 8 }, 'setup', 'error running createContainer hook #1: "/h": exit status 3'],
    [{ step: step.status, value: 9 }, 'start', 'error running startContainer hook #1: "/h": signal: killed'],
    [
      { step: step.status, value: 3 << 8, text: 'no such thing\n' },
      'setup',
      'error running createContainer hook #1: "/h": exit status 3, output: no such thing',
    ],
    [{ step: step.status, value: 31 }, 'start', 'error running startContainer hook #1: "/h": signal: bad system call'],
    [{ step: step.timeout }, 'setup', 'error running createContainer hook #1: "/h": timed out after 1.5 s'],
    [{ step: step.spawn, errno: ENOENT }, 'setup', 'error running createContainer hook #1: "/h": no such file or directory (ENOENT)'],
  ])('%j', (fields, phase, message) => {
    expect(thrown(operation, { type: 5, ...fields }, phase)).toMatchObject({ message, code: 'hook', phase: 'hooks' });
  });
});

describe('hints depend on the operation and the errno', () => {
  test.each<[string, Operation, number, string]>([
    ['unmapped ids', { op: 'user', uid: 5, gid: 5, umask: -1, setGroups: 0, groups: '' }, EINVAL, 'uidMappings'],
    ['no own uts namespace', { op: 'hostname', name: 'web' }, EPERM, 'uts namespace'],
    ['an unknown sysctl', { op: 'sysctl', path: 'net/ipv4/nope', value: '1' }, ENOENT, 'kernel'],
    ['memory', { op: 'newSession', terminal: 0 }, 12, 'memory limit'],
  ])('%s', (_, operation, errno, hint) => {
    expect(thrown(operation, { errno }).hint).toContain(hint);
  });
});

test('a sysctl is named as people write it', () => {
  expect(thrown({ op: 'sysctl', path: 'net/ipv4/ip_forward', value: '1' }, { errno: EACCES, step: step.open }).message).toBe(
    'set sysctl "net.ipv4.ip_forward" to "1": open: permission denied (EACCES)',
  );
});

test('a plan that cannot be decoded is reported as our own bug', () => {
  expect(thrown(undefined, { step: step.plan, errno: EINVAL })).toMatchObject({
    code: 'internal',
    message: 'set up container: decode the plan: invalid argument (EINVAL)',
  });
});

/** Each has a sentence with a verb and an object, in lower case, without a full stop, and with nothing undefined. */
test.each(Object.entries(shapes))('%s has a sentence', (op, shape) => {
  const numbers = Object.fromEntries(shape.numbers.map((name) => [name, 1]));
  const texts = Object.fromEntries(shape.texts.map((name) => [name, 'text']));
  const { message } = thrown({ op, ...numbers, ...texts } as unknown as Operation, { errno: EPERM });
  expect(message).toMatch(/^[a-z].*[^.]$/);
  expect(message).not.toMatch(/undefined|NaN|null/);
  expect(message).toContain('operation not permitted');
});

describe('a clone that the kernel refuses with ENOMEM', () => {
  const refused = (cloneFlags: number): string | undefined =>
    thrown({ op: 'respawn', cloneFlags }, { errno: 12, step: step.clone, text: '' }).hint;
  test.each([
    ['nothing new', 0],
    ['a new ipc namespace', 0x08000000],
  ])('in a pid namespace that is joined, with %s, names the first process of the namespace', (_, flags) => {
    expect(refused(flags)).toContain('the first process of the pid namespace that is joined has ended');
  });
  test('in a new pid namespace names the memory limit', () => {
    expect(refused(0x20000000)).toContain('the memory limit of the container');
  });
});
