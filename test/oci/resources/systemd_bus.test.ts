import { existsSync, readFileSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { FakeSystemd, refusal, type Instead } from '../harness/fake_systemd.js';
import {
  can,
  cgroup2Mount,
  describe,
  expect,
  makeBundle,
  mark,
  newId,
  newPath,
  runtime,
  runtimeCommand,
  startRuntime,
  stateRoot,
  test,
  until,
  type Outcome,
} from '../harness/index.js';

const slice = `${mark.replaceAll('-', '')}.slice`;
let systemd: FakeSystemd;

beforeAll(async () => {
  systemd = new FakeSystemd();
  await systemd.listen();
});

afterAll(() => {
  systemd.close();
});

beforeEach(() => {
  systemd.instead = () => null;
  systemd.greeting = 'DATA\r\nOK 0123\r\n';
  systemd.piece = Infinity;
  systemd.calls.length = 0;
});

const bundle = () => makeBundle({ args: ['sleep', '1000'], config: (config) => (config.linux.cgroupsPath = `${slice}:p:${newId()}`) });

function call(...args: readonly string[]): Promise<Outcome> {
  return runtime(['--systemd-cgroup', ...args], { env: systemd.env });
}

async function create(): Promise<{ readonly outcome: Outcome; readonly id: string }> {
  const id = newId();
  return { id, outcome: await call('create', '--bundle', bundle().directory, id) };
}

/** Units, state directories and cgroups. */
function left(): readonly string[] {
  const directory = `${cgroup2Mount ?? ''}/${slice}`;
  return [
    ...systemd.units.keys(),
    ...(existsSync(stateRoot) ? readdirSync(stateRoot) : []),
    ...(existsSync(directory) ? readdirSync(directory).filter((name) => name.endsWith('.scope')) : []),
  ];
}

const at =
  (member: string, then: Instead): Instead =>
  (call, socket) =>
    call.member === member ? then(call, socket) : null;
const closes: Instead = (_, socket) => {
  socket.destroy();
  return [];
};
/** A header of D-Bus that announces 16 MiB. */
const oversized: Instead = () => [Uint8Array.from([108, 2, 0, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0])];
const malformed: Instead = () => [Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')];
const methods = ['Hello', 'AddMatch', 'StartTransientUnit'];

describe.runIf(can.tsrun && cgroup2Mount !== null)('with the systemd cgroup driver', () => {
  test('a container is created in the scope, killed and deleted with it', async () => {
    const { id, outcome } = await create();
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    expect([...systemd.units.keys()]).toHaveLength(1);
    expect(await call('start', id)).toMatchObject({ code: 0, stderr: '' });
    expect(await call('delete', '--force', id)).toMatchObject({ code: 0, stderr: '' });
    expect(systemd.calls).toContain('StopUnit');
    expect(left()).toEqual([]);
  });

  test('what systemd moves into the scope is a tsrun-init that has run nothing of the container yet, and it has its limits when it does', async () => {
    const made = makeBundle({ args: ['sleep', '1000'], config: (config) => (config.linux.cgroupsPath = `${slice}:p:${newId()}`) });
    const seen = newPath();
    made.config.linux.resources = { ...made.config.linux.resources, unified: { 'cgroup.max.depth': '7' } };
    made.config.hooks = {
      createRuntime: [{ path: '/bin/sh', args: ['sh', '-c', `cat ${cgroup2Mount ?? ''}/${slice}/*/cgroup.max.depth >${seen}`] }],
    };
    made.save();
    const moved: string[] = [];
    systemd.instead = at('StartTransientUnit', ({ values }) => {
      const [, , properties] = values as unknown as [string, string, [string, { value: unknown }][]];
      const [pid] = properties.find(([name]) => name === 'PIDs')?.[1].value as [number];
      moved.push(String(readlinkSync(`/proc/${pid}/exe`).includes('tsrun-init')), String(existsSync(seen)));
      return null;
    });
    const id = newId();
    expect(await call('create', '--bundle', made.directory, id)).toMatchObject({ code: 0, stderr: '' });
    expect(moved).toEqual(['true', 'false']);
    expect(readFileSync(seen, 'utf8')).toBe('7\n');
    expect(await call('delete', '--force', id)).toMatchObject({ code: 0, stderr: '' });
    expect(left()).toEqual([]);
  });

  test('a bus that sends one byte at a time is only slow', async () => {
    systemd.piece = 1;
    const { id, outcome } = await create();
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    expect(await call('delete', '--force', id)).toMatchObject({ code: 0, stderr: '' });
    expect(left()).toEqual([]);
  });

  test('a unit that is in use is refused, and stays', async () => {
    const { directory } = bundle();
    const [first, second] = [newId(), newId()];
    expect(await call('create', '--bundle', directory, first)).toMatchObject({ code: 0 });
    expect((await call('create', '--bundle', directory, second)).stderr).toContain('exists and is in use');
    expect(systemd.units.size).toBe(1);
    expect(await call('delete', '--force', first)).toMatchObject({ code: 0, stderr: '' });
    expect(left()).toEqual([]);
  });
});

/** On the executable only: Node.js has the same client, which the tests above run. */
describe.runIf(can.tsrun && cgroup2Mount !== null && runtimeCommand.length === 1)('with a bus that fails', () => {
  const accidents: readonly (readonly [string, Instead])[] = methods.flatMap((member): readonly (readonly [string, Instead])[] => [
    [`closes at ${member}`, at(member, closes)],
    [`replies to ${member} with too much`, at(member, oversized)],
    [`replies to ${member} with something else than D-Bus`, at(member, malformed)],
  ]);
  const refusals: readonly (readonly [string, Instead])[] = ['AddMatch', 'StartTransientUnit'].map((member) => [
    `refuses ${member}`,
    at(member, () => [refusal('org.freedesktop.DBus.Error.AccessDenied')]),
  ]);
  const badEnd: Instead = (call) => {
    const [reply, signal] = systemd.answer(call);
    return reply === undefined || signal === undefined
      ? []
      : [reply, { ...signal, values: [...(signal.values ?? []).slice(0, 3), 'failed'] }];
  };
  const late: Instead = (call, socket) => {
    systemd.answer(call);
    socket.destroy();
    return [];
  };
  test.each([
    ...accidents,
    ...refusals,
    ['says that the job failed', at('StartTransientUnit', badEnd)],
    ['closes when the unit has been made', at('StartTransientUnit', late)],
    ['replies with the error of a unit that is in use', at('StartTransientUnit', () => [refusal('org.freedesktop.systemd1.UnitExists')])],
    [
      'moves the process nowhere',
      at('StartTransientUnit', (call) =>
        systemd.answer({
          ...call,
          values: call.values.map((value, index) =>
            index === 2
              ? (value as [string, object][]).map(([name, variant]) =>
                  name === 'PIDs' ? [name, { signature: 'au', value: [] }] : [name, variant],
                )
              : value,
          ) as never,
        }),
      ),
    ],
  ] as const)('create leaves nothing if the bus %s', async (_, instead) => {
    systemd.instead = instead;
    const { outcome } = await create();
    expect(outcome.code).not.toBe(0);
    expect(outcome.stderr).toContain('systemd');
    expect(left()).toEqual([]);
  });

  test.each([
    ['refuses the user', 'REJECTED EXTERNAL\r\n'],
    ['never ends its first line', 'x'.repeat(10_000)],
    ['says NUL', '\0'],
  ])('create leaves nothing if the bus %s', async (_, greeting) => {
    systemd.greeting = greeting;
    systemd.instead = closes;
    const { outcome } = await create();
    expect(outcome.code).not.toBe(0);
    expect(left()).toEqual([]);
  });

  /** Kills the runtime when a method is called: before systemd has done anything, or after. */
  async function killedAt(member: string, after: boolean, ...args: readonly string[]): Promise<void> {
    const started = startRuntime(['--systemd-cgroup', ...args], { env: systemd.env });
    systemd.instead = at(member, (message) => {
      if (after) systemd.answer(message);
      process.kill(started.pid, 'SIGKILL');
      return [];
    });
    await expect(started.done).rejects.toThrow('killed by SIGKILL');
    systemd.instead = () => null;
  }

  function writtenEmptyRules(): string {
    const path = newPath();
    writeFileSync(path, '{"devices": []}');
    return path;
  }

  const moments = [...methods.map((member) => [member, false] as const), ['StartTransientUnit', true] as const];
  test.each(moments.flatMap(([member, after]) => ['create', 'run'].map((verb) => [verb, member, after] as const)))(
    'delete --force leaves nothing of a %s that is killed at %s (done: %s)',
    async (verb, member, after) => {
      const id = newId();
      await killedAt(member, after, verb, '--bundle', bundle().directory, id);
      expect(await call('delete', '--force', id)).toMatchObject({ code: 0 });
      await until('nothing is left', () => left().length === 0);
    },
  );

  test.each([
    ['Hello', false],
    ['Get', false],
    ['StopUnit', false],
    ['StopUnit', true],
    ['ResetFailedUnit', false],
  ] as const)('delete --force leaves nothing of a delete that is killed at %s (done: %s)', async (member, after) => {
    const { id, outcome } = await create();
    expect(outcome).toMatchObject({ code: 0 });
    await killedAt(member, after, 'delete', '--force', id);
    expect(await call('delete', '--force', id)).toMatchObject({ code: 0 });
    expect(left()).toEqual([]);
  });

  test.each([
    ['Hello', false],
    ['SetUnitProperties', false],
    ['SetUnitProperties', true],
    ['Get', false],
    ['Get', true],
  ] as const)('an update that is killed at %s (done: %s) can be repeated, and delete --force leaves nothing', async (member, after) => {
    const { id, outcome } = await create();
    expect(outcome).toMatchObject({ code: 0 });
    const record = () => readFileSync(`${stateRoot}/${id}/state.json`, 'utf8');
    const before = record();
    const resources = newPath();
    writeFileSync(resources, JSON.stringify({ devices: [{ allow: true, type: 'c', major: 10, minor: 200, access: 'rw' }] }));
    await killedAt(member, after, 'update', '--resources', resources, id);
    expect(record()).toBe(before);
    expect([...systemd.units.keys()]).toHaveLength(1);
    systemd.calls.length = 0;
    expect(await call('update', '--resources', resources, id)).toMatchObject({ code: 0, stderr: '' });
    expect(systemd.calls).toContain('SetUnitProperties');
    expect(record()).not.toBe(before);
    await killedAt(member, after, 'update', '--resources', writtenEmptyRules(), id);
    expect(await call('delete', '--force', id)).toMatchObject({ code: 0, stderr: '' });
    expect(left()).toEqual([]);
  });

  test('a failed update takes the properties of the unit back', async () => {
    const { id, outcome } = await create();
    expect(outcome).toMatchObject({ code: 0 });
    const asked: string[] = [];
    systemd.instead = at('SetUnitProperties', ({ values }, socket) => {
      asked.push(JSON.stringify(values[2]));
      if (asked.length > 1) return null;
      socket.destroy();
      return [];
    });
    const resources = newPath();
    writeFileSync(resources, JSON.stringify({ devices: [{ allow: true, type: 'c', major: 10, minor: 200, access: 'rw' }] }));
    const failed = await call('update', '--resources', resources, id);
    expect(failed.code).not.toBe(0);
    expect(failed.stderr).toContain('closed the connection');
    expect(asked).toHaveLength(2);
    expect(asked[0]).not.toBe(asked[1]);
    systemd.instead = at('SetUnitProperties', () => [refusal('org.freedesktop.DBus.Error.AccessDenied')]);
    systemd.calls.length = 0;
    expect((await call('update', '--resources', resources, id)).stderr).toContain('AccessDenied');
    expect(systemd.calls.filter((member) => member === 'SetUnitProperties')).toHaveLength(1);
    expect(await call('delete', '--force', id)).toMatchObject({ code: 0, stderr: '' });
    expect(left()).toEqual([]);
  });
});
