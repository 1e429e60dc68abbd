import { describe, expect, test } from 'vitest';
import { bindSys } from '../../../src/sys/call.js';
import { attachProcess, setScopeProperties, startScope, stopScope } from '../../../src/systemd/scope.js';
import { fakeBus, type Answer, type FakeBus, type FakeBusOptions, type Sent } from './bus/fake_bus.js';

const job = '/org/freedesktop/systemd1/job/7';
const unit = 'tsrun-web.scope';
const scope = { bus: 'system', unit, description: 'tsrun container claim' } as const;

const removed = (result: string, more: Partial<Sent> = {}): Sent => ({
  kind: 'signal',
  member: 'JobRemoved',
  signature: 'uoss',
  values: [7, job, unit, result],
  ...more,
});
const queued: Sent = { kind: 'return', signature: 'o', values: [job] };
const refused = (errorName: string, words = 'because'): Sent => ({ kind: 'error', errorName, signature: 's', values: [words] });
const described = (text: string): Sent => ({ kind: 'return', signature: 'v', values: [{ signature: 's', value: text }] });

function using(options: FakeBusOptions): FakeBus {
  const bus = fakeBus(options);
  bindSys(bus.sys);
  return bus;
}

let recorded = 0;
const start = (kind: 'system' | 'user' = 'system'): Promise<void> =>
  startScope({
    ...scope,
    bus: kind,
    slice: 'system.slice',
    pid: 42,
    properties: [{ name: 'TasksMax', signature: 't', value: 9n }],
    record: () => recorded++,
  });

describe('start', () => {
  test('makes a scope of the process, with its properties, and waits for the job', async () => {
    const bus = using({ answers: { StartTransientUnit: () => [queued, removed('done')] } });
    await start();
    expect(bus.log[0]).toBe('connect /run/dbus/system_bus_socket');
    const [name, mode, properties] = bus.calls[0]?.values ?? [];
    expect([name, mode]).toEqual([unit, 'fail']);
    expect(Object.fromEntries((properties as [string, { value: unknown }][]).map(([key, { value }]) => [key, value]))).toEqual({
      Description: scope.description,
      Slice: 'system.slice',
      Delegate: true,
      PIDs: [42],
      MemoryAccounting: true,
      CPUAccounting: true,
      IOAccounting: true,
      TasksAccounting: true,
      DefaultDependencies: false,
      CollectMode: 'inactive-or-failed',
      TasksMax: 9n,
    });
    expect(bus.isOpen()).toBe(false);
  });

  test('works if the bus sends one byte at a time, and the signal before the reply', async () => {
    using({ piece: 1, answers: { StartTransientUnit: () => [removed('done'), queued] } });
    await start();
  });

  test('believes only the sender of the reply about the end of the job', async () => {
    using({ answers: { StartTransientUnit: () => [queued, removed('failed', { sender: ':1.66' }), removed('done')] } });
    await start();
  });

  test('forgets a failed unit of this name and tries again', async () => {
    const exists = refused('org.freedesktop.systemd1.UnitExists');
    const bus = using({ answers: { StartTransientUnit: (_, count) => (count === 0 ? [exists] : [queued, removed('done')]) } });
    await start();
    expect(bus.calls.map(({ member }) => member)).toEqual(['StartTransientUnit', 'ResetFailedUnit', 'StartTransientUnit']);
  });

  const failures: [string, FakeBusOptions, object][] = [
    ['no bus', { refuses: 'ENOENT' }, { errno: 'ENOENT', message: expect.stringContaining('D-Bus of systemd') }],
    [
      'a bus that refuses this user',
      { greeting: 'REJECTED EXTERNAL\r\n' },
      { code: 'permission', message: expect.stringContaining('REJECTED') },
    ],
    ['a bus that says nothing', { greeting: null }, { errno: 'ETIMEDOUT', message: expect.stringContaining('within 30 s') }],
    ['a bus that never ends its line', { greeting: 'x'.repeat(5000) }, { message: expect.stringContaining('no line') }],
    ['no reply to Hello', { answers: { Hello: () => [] } }, { errno: 'ETIMEDOUT', message: expect.stringContaining('Hello') }],
  ];
  test.each(failures)('fails with %s, and nothing is recorded', async (_what, options, expected) => {
    recorded = 0;
    const bus = using(options);
    await expect(start()).rejects.toMatchObject(expected);
    expect([recorded, bus.isOpen()]).toEqual([0, false]);
  });

  const replies: [string, Answer, object][] = [
    ['no reply', [], { errno: 'ETIMEDOUT', message: expect.stringContaining('StartTransientUnit') }],
    ['a job that does not end', [queued], { errno: 'ETIMEDOUT', message: expect.stringContaining('end of the job') }],
    ['a job that fails', [queued, removed('failed')], { message: expect.stringContaining('"failed"') }],
    ['the end of another job', [queued, removed('done', { values: [8, '/other', unit, 'done'] })], { errno: 'ETIMEDOUT' }],
    ['a unit in use', [refused('org.freedesktop.systemd1.UnitExists')], { errno: 'EEXIST', message: expect.stringContaining('in use') }],
    ['no permission', [refused('org.freedesktop.DBus.Error.AccessDenied')], { code: 'permission' }],
    ['an unknown property', [refused('org.freedesktop.DBus.Error.PropertyReadOnly', 'no X')], { message: expect.stringContaining('no X') }],
    ['bytes that are no message', [Buffer.from('HTTP/1.1 400 Bad Request')], { message: expect.stringContaining('malformed') }],
    [
      'a message of 16 MiB',
      [Uint8Array.from([108, 2, 0, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0])],
      { message: expect.stringContaining('malformed') },
    ],
    ['a message that is cut short', [Uint8Array.from([108, 2, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 8, 0, 0, 0])], { errno: 'ETIMEDOUT' }],
  ];
  test.each(replies)('fails with %s, and the unit is recorded', async (_what, answer, expected) => {
    recorded = 0;
    const bus = using({ answers: { StartTransientUnit: () => answer } });
    await expect(start()).rejects.toMatchObject(expected);
    expect([recorded, bus.isOpen()]).toEqual([1, false]);
  });
});

describe('the bus of a user', () => {
  const answers = { StartTransientUnit: () => [queued, removed('done')] };

  test.each([
    [{ DBUS_SESSION_BUS_ADDRESS: 'tcp:host=x;unix:path=/run/user/5/a%2fb,guid=1', XDG_RUNTIME_DIR: '/run/user/5' }, '/run/user/5/a/b'],
    [{ XDG_RUNTIME_DIR: '/run/user/5' }, '/run/user/5/bus'],
  ])('is where %j says', async (environment, path) => {
    const bus = using({ answers, environment });
    await start('user');
    expect(bus.log[0]).toBe(`connect ${path}`);
  });

  test.each([{}, { XDG_RUNTIME_DIR: 'relative' }, { DBUS_SESSION_BUS_ADDRESS: 'unix:abstract=x' }])(
    'is unknown with %j',
    async (environment) => {
      using({ answers, environment });
      await expect(start('user')).rejects.toThrow('systemd cgroup driver');
    },
  );
});

describe('for a caller with fewer rights than the program', () => {
  const answers = { StartTransientUnit: () => [queued, removed('done')] };

  test('the environment does not name the bus of the system', async () => {
    const bus = using({ answers, secure: true, environment: { DBUS_SYSTEM_BUS_ADDRESS: 'unix:path=/tmp/mine' } });
    await start();
    expect(bus.log[0]).toBe('connect /run/dbus/system_bus_socket');
  });

  test('there is no bus of the user', async () => {
    using({ answers, secure: true, environment: { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/tmp/mine', XDG_RUNTIME_DIR: '/tmp' } });
    await expect(start('user')).rejects.toMatchObject({
      code: 'permission',
      message: expect.stringContaining('rights that its caller') as unknown,
    });
  });
});

describe('attach', () => {
  const own = { Get: () => [described(scope.description)] };

  test('moves a process into the unit', async () => {
    const bus = using({ answers: own });
    await attachProcess(scope, 42);
    expect(bus.calls.map(({ member, values }) => [member, values])).toMatchObject([
      ['Get', {}],
      ['AttachProcessesToUnit', [unit, '', [42]]],
    ]);
  });

  test('fails if systemd refuses, and does not ask for a unit of somebody else', async () => {
    using({ answers: { ...own, AttachProcessesToUnit: () => [refused('org.freedesktop.DBus.Error.AccessDenied')] } });
    await expect(attachProcess(scope, 42)).rejects.toMatchObject({ code: 'permission' });
    const bus = using({ answers: { Get: () => [described('of another')] } });
    await expect(attachProcess(scope, 42)).rejects.toThrow('another one has its name');
    expect(bus.calls.map(({ member }) => member)).toEqual(['Get']);
  });
});

describe('stop', () => {
  const own = { Get: () => [described(scope.description)] };

  test('stops the unit, waits for the job, and has it forgotten', async () => {
    const bus = using({ answers: { ...own, StopUnit: () => [queued, removed('done')] } });
    await stopScope(scope, { kill: false });
    expect(bus.calls.map(({ member }) => member)).toEqual(['Get', 'StopUnit', 'ResetFailedUnit']);
    expect(bus.calls[0]?.path).toBe('/org/freedesktop/systemd1/unit/tsrun_2dweb_2escope');
  });

  test('kills its processes first if asked', async () => {
    const bus = using({ answers: { ...own, StopUnit: () => [queued, removed('done')] } });
    await stopScope(scope, { kill: true });
    expect(bus.calls[1]).toMatchObject({ member: 'KillUnit', values: [unit, 'all', 9] });
  });

  test.each<[string, Answer]>([
    ["somebody else's", [described('tsrun container other')]],
    ['unknown to systemd', [described(unit)]],
    ['gone', [refused('org.freedesktop.DBus.Error.UnknownObject')]],
  ])('leaves a unit that is %s', async (_what, answer) => {
    const bus = using({ answers: { Get: () => answer } });
    await stopScope(scope, { kill: true });
    expect(bus.calls).toHaveLength(1);
  });

  test('is done if the unit ends meanwhile', async () => {
    using({ answers: { ...own, StopUnit: () => [refused('org.freedesktop.systemd1.NoSuchUnit')] } });
    await stopScope(scope, { kill: false });
  });
});

test('properties are changed until the end of the unit', async () => {
  const bus = using({});
  await setScopeProperties(scope, [{ name: 'TasksMax', signature: 't', value: 5n }]);
  expect(bus.calls[0]).toMatchObject({ member: 'SetUnitProperties', values: [unit, true, [['TasksMax', { signature: 't', value: 5n }]]] });
});

test('a change that systemd refuses is an error', async () => {
  using({ answers: { SetUnitProperties: () => [refused('org.freedesktop.systemd1.NoSuchUnit', 'not loaded')] } });
  await expect(setScopeProperties(scope, [])).rejects.toThrow('not loaded');
});
