import { readFileSync } from 'node:fs';
import {
  can,
  cgroup2Mount,
  controllers,
  created,
  describe,
  exec,
  expect,
  fail,
  newPath,
  running,
  runtime,
  stateOf,
  stateRoot,
  stopped,
  succeed,
  test,
  type Container,
} from '../harness/index.js';
import { writeFileSync } from 'node:fs';

const update = (id: string, resources: unknown) => runtime(['update', '--resources', '-', id], { input: JSON.stringify(resources) });

const pages = (limit: number) => ({ hugepageLimits: [{ pageSize: '2MB', limit }] });

/** The text of a file of the container's cgroup. */
async function limitOf(id: string, file: string): Promise<string> {
  const { pid } = await stateOf(id);
  const line =
    readFileSync(`/proc/${pid}/cgroup`, 'utf8')
      .split('\n')
      .find((one) => one.startsWith('0::')) ?? '';
  return readFileSync(`${cgroup2Mount}${line.slice(3)}/${file}`, 'utf8').trim();
}

describe('update', () => {
  test.each<[string, () => Promise<Container>]>([
    ['created', () => created()],
    ['running', () => running()],
  ])('succeeds with an empty document on a container that is %s, as Docker sends it for a restart policy', async (_, make) => {
    const { id } = await make();
    succeed(await update(id, {}));
    succeed(await update(id, { memory: {}, cpu: { shares: 0, quota: 0, cpus: '' }, blockIO: { weight: 0 } }));
  });

  test('of a stopped container is an error', async () => {
    const { id } = await stopped();
    expect(fail(await update(id, {}))).toContain('container not running');
  });

  test('of an absent container is an error', async () => {
    expect(fail(await update('no-such-container', {}))).toContain('container does not exist');
  });

  test.runIf(can.tsrun).each([
    ['a document that is not JSON', '{', /parse "standard input": line 1, column 2/],
    ['a wrong type', '{"pids": {"limit": "many"}}', /"\/pids\/limit": must be an integer/],
    ['a number that would be rounded', '{"memory": {"limit": 18446744073709551616}}', /"\/memory\/limit"/],
    [
      'a number above 2^63 - 1',
      '{"memory": {"limit": 9223372036854775808}}',
      /"\/memory\/limit": must be an integer from -\d+ to 9223372036854775807/,
    ],
    ['a number below -2^63', '{"cpu": {"quota": -9223372036854775809}}', /"\/cpu\/quota": must be an integer/],
    ...['memory/limit', 'memory/reservation', 'memory/swap', 'pids/limit'].map((field): [string, string, RegExp] => {
      const [group = '', name = ''] = field.split('/');
      return [
        `-5 for ${field}`,
        JSON.stringify({ [group]: { [name]: -5 } }),
        new RegExp(`resources/${field}": must be a number from -1 on`),
      ];
    }),
    ['a negative number where there is none', '{"cpu": {"shares": -1}}', /"\/cpu\/shares": must be an integer from 0/],
    [
      'a limit of pages of 2^64',
      '{"hugepageLimits": [{"pageSize": "2MB", "limit": 18446744073709551616}]}',
      /"\/hugepageLimits\/0\/limit"/,
    ],
    ['a weight beyond 16 bits', '{"blockIO": {"weight": 65546}}', /"\/blockIO\/weight"/],
    ['a number with a fraction', '{"pids": {"limit": 5.5}}', /"\/pids\/limit": must be an integer/],
    ['a file that moves processes', '{"unified": {"cgroup.procs": "1"}}', /must be a file of a cgroup v2 controller/],
  ])('refuses %s', async (_, input, words) => {
    const { id } = await created();
    expect(fail(await runtime(['update', '-r', '-', id], { input }))).toMatch(words);
  });

  test.runIf(can.tsrun)(
    'refuses flags that it does not know, and numbers that are negative, too large, or none, and changes nothing',
    async () => {
      const { id } = await created();
      const record = () => readFileSync(`${stateRoot}/${id}/state.json`, 'utf8');
      const before = record();
      const refused: readonly (readonly [string, string, string])[] = [
        ['--no-such-flag', '1', 'flag provided but not defined'],
        ...['-2', '9223372036854775808', '8000000000g', '1e3', 'x', '1q'].map(
          (value) => ['--memory', value, 'invalid value for memory'] as const,
        ),
        ...['-2', '99999999999999999999', '1.5', 'many'].map((value) => ['--pids-limit', value, 'invalid value for pids-limit'] as const),
        ...['cpu-share', 'cpu-period', 'cpu-burst', 'cpu-idle', 'blkio-weight'].map(
          (name) => [`--${name}`, '-1', `invalid value for ${name}`] as const,
        ),
        ['--cpuset-cpus', '-1', 'must be a list such as 0-3,7'],
      ];
      const outcomes = await Promise.all(refused.map(([flag, value]) => runtime(['update', `${flag}=${value}`, id])));
      for (const [index, [flag, value, words]] of refused.entries()) {
        expect.soft(outcomes[index], `${flag} ${value}`).toMatchObject({ code: 1, stderr: expect.stringContaining(words) as string });
      }
      expect(record()).toBe(before);
    },
  );

  test.runIf(can.tsrun)('reads the document of a file', async () => {
    const { id } = await created();
    const file = newPath();
    writeFileSync(file, '{"pids": {}}');
    succeed(await runtime(['update', `--resources=${file}`, id]));
    expect(fail(await runtime(['update', '--resources', `${file}.absent`, id]))).toContain('no such file or directory');
  });
});

describe.runIf(can.tsrun && controllers.includes('hugetlb'))('an update of a limit', () => {
  test('raises it, lowers it, and is known to the next update and to exec', async () => {
    const { id } = await running();
    succeed(await update(id, pages(8 << 20)));
    expect(await limitOf(id, 'hugetlb.2MB.max')).toBe(String(8 << 20));
    succeed(await update(id, pages(4 << 20)));
    expect(await limitOf(id, 'hugetlb.2MB.max')).toBe(String(4 << 20));
    expect(await limitOf(id, 'hugetlb.2MB.rsvd.max')).toBe(String(4 << 20));
    succeed(await exec(id, ['true']));
  });

  test('holds for a paused container', async () => {
    const { id } = await running();
    succeed(await runtime(['pause', id]));
    succeed(await update(id, pages(2 << 20)));
    expect(await limitOf(id, 'hugetlb.2MB.max')).toBe(String(2 << 20));
    succeed(await runtime(['resume', id]));
  });

  test('is taken back where another limit of the same update fails', async () => {
    const { id } = await running();
    succeed(await update(id, pages(8 << 20)));
    expect(fail(await update(id, { ...pages(2 << 20), unified: { 'hugetlb.2MB.max': 'many' } }))).toContain('write "many" to');
    expect(await limitOf(id, 'hugetlb.2MB.max')).toBe(String(8 << 20));
    expect(await limitOf(id, 'hugetlb.2MB.rsvd.max')).toBe(String(8 << 20));
  });

  test.runIf(!controllers.includes('memory'))('names the controller that is missing', async () => {
    const { id } = await running();
    expect(fail(await runtime(['update', '--memory', '64m', id]))).toContain('controller "memory" is not available');
  });
});

describe.runIf(can.tsrun)('an update of the device rules', () => {
  const fuse = { path: '/dev/fuse', type: 'c', major: 10, minor: 229, fileMode: 0o666 };
  const open = 'exec 3</dev/fuse 2>&1';
  const denied = /not permitted/;
  const look = async (id: string): Promise<string> => {
    const { stdout, stderr } = await exec(id, ['sh', '-c', open]);
    return stdout + stderr;
  };

  test('replaces them, for processes that are there already, too', async () => {
    const { id } = await running({
      config: (config) => {
        config.linux.devices = [fuse];
        config.linux.resources = { devices: [{ allow: false, access: 'rwm' }] };
      },
    });
    expect(await look(id)).toMatch(denied);
    succeed(await update(id, { devices: [{ allow: false }, { allow: true, type: 'c', major: 10, minor: 229, access: 'rw' }] }));
    expect(await look(id)).not.toMatch(denied);
    succeed(await update(id, { devices: [{ allow: false }] }));
    expect(await look(id)).toMatch(denied);
    // Nothing is left of the rules before.
    succeed(await update(id, {}));
    expect(await look(id)).toMatch(denied);
  });
});
