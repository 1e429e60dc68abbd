import { spawn } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';
import {
  can,
  created,
  describe,
  exec,
  expect,
  fail,
  newId,
  running,
  runtime,
  runtimeCommand,
  startRuntime,
  stateRoot,
  stopped,
  succeed,
  test,
  until,
  type Container,
} from '../harness/index.js';

interface Event {
  readonly type: string;
  readonly id: string;
  readonly data: { readonly cpu: { readonly usage: { readonly total?: number } }; readonly [name: string]: unknown };
}

/** Only of complete lines: the last may be read while it is being written. */
const eventsIn = (text: string): readonly Event[] =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Event);

/** A descriptor may be closed while they are listed. */
const openFiles = (pid: number): readonly string[] =>
  readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
    } catch {
      return [];
    }
  });

const statsOf = async (id: string): Promise<Event['data']> => {
  const [event, ...more] = eventsIn(`${succeed(await runtime(['events', '--stats', id]))}\n`);
  expect([event?.type, event?.id, more]).toEqual(['stats', id, []]);
  return event?.data as Event['data'];
};

describe('events --stats', () => {
  test.each<[string, () => Promise<Container>]>([
    ['created', () => created()],
    ['running', () => running()],
  ])('prints the statistics of a container that is %s once, under the names of runc', async (_, make) => {
    const { id } = await make();
    const data = await statsOf(id);
    const names = ['cpu', 'cpuset', 'memory', 'pids', 'blkio', 'hugetlb', 'intel_rdt', 'network_interfaces'];
    expect(names.filter((name) => !(name in data))).toEqual([]);
  });

  test.runIf(can.tsrun)('counts what the container does', async () => {
    const { id } = await running();
    const total = async (): Promise<number> => (await statsOf(id)).cpu.usage.total ?? 0;
    const before = await total();
    succeed(await exec(id, ['sh', '-c', 'i=0; while [ $i -lt 100000 ]; do i=$((i + 1)); done']));
    expect((await total()) - before).toBeGreaterThan(10_000_000);
  });
});

describe('events', () => {
  test('prints statistics at each interval and ends with the container', async () => {
    const { id } = await running();
    const watching = startRuntime(['events', '--interval', '100ms', id]);
    await until('three events have come', () => eventsIn(watching.output()).length >= 3);
    succeed(await runtime(['kill', id, 'KILL']));
    const { code, stdout, stderr } = await watching.done;
    expect([code, stderr]).toEqual([0, '']);
    expect(new Set(eventsIn(stdout).map(({ type }) => type))).toEqual(new Set(['stats']));
  });

  test.runIf(can.tsrun)('ends with the container, however long the interval is', async () => {
    const { id } = await running();
    const watching = startRuntime(['events', '--interval', '24h', id]);
    await until('it holds the init', () => openFiles(watching.pid).includes('anon_inode:[pidfd]'));
    succeed(await runtime(['kill', id, 'KILL']));
    const { code, stdout, stderr } = await watching.done;
    expect([code, stdout, stderr]).toEqual([0, '', '']);
  });

  test.runIf(can.tsrun).each([
    ['is killed by SIGPIPE', 'exec "$@"', 141],
    ['ignores SIGPIPE', 'trap \'\' PIPE; exec "$@"', 0],
  ])('ends without a word when its reader has gone, if it %s', async (_, script, status) => {
    const { id } = await running();
    const line = ['sh', '-c', script, 'sh', ...runtimeCommand, '--root', stateRoot, 'events', '--interval', '50ms', id];
    const child = spawn(line[0] as string, line.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] });
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.stdout.once('data', () => child.stdout.destroy());
    const ended = await new Promise<number>((resolve) => {
      child.on('close', (code, signal) => {
        resolve(signal === 'SIGPIPE' ? 141 : (code ?? -1));
      });
    });
    // Node.js ignores SIGPIPE in any case.
    expect([ended, errors]).toEqual([runtimeCommand.length > 1 ? 0 : status, '']);
  });
});

describe.each([
  ['events', []],
  ['events --stats', ['--stats']],
])('%s', (_, flags) => {
  test('of a stopped container is an error', async () => {
    const { id } = await stopped();
    expect(fail(await runtime(['events', ...flags, id]))).toMatch(/not running/);
  });

  test('of an absent container is an error', async () => {
    expect(fail(await runtime(['events', ...flags, newId()]))).toContain('container does not exist');
  });

  test.each(['0', '-1s'])('refuses the interval %s', async (interval) => {
    const { id } = await created();
    expect(fail(await runtime(['events', ...flags, `--interval=${interval}`, id]))).toContain('duration interval must be greater than 0');
  });

  test('refuses an interval that is no duration', async () => {
    const { id } = await created();
    expect(fail(await runtime(['events', ...flags, '--interval', '5', id]))).toContain('parse error');
  });
});
