import { copyFileSync, writeFileSync } from 'node:fs';
import {
  can,
  created,
  describe,
  exec,
  execInside,
  expect,
  fail,
  inside,
  jsonOf,
  makeBundle,
  newId,
  newPath,
  program,
  refused,
  run,
  running,
  runtime,
  succeed,
  test,
  type Config,
} from '../harness/index.js';

/** What Go and Java programs write for "no limit" (math.MaxInt64, Long.MAX_VALUE). */
const mostSigned = 2n ** 63n - 1n;
const infinity = 2n ** 64n - 1n;
const limitLine = /^Max file size\s+(\S+)\s+(\S+)/m;

const fileSize =
  (limit: bigint) =>
  (config: Config): void => {
    config.process.rlimits = [{ type: 'RLIMIT_FSIZE', soft: limit, hard: limit }];
  };

const inUserNamespace = (config: Config): void => {
  config.linux.namespaces.push({ type: 'user' });
  config.linux.uidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
  config.linux.gidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
};

describe('64-bit integers', () => {
  test('a limit of 2^63 - 1 is that limit, and files can still be written', async () => {
    const [seen, limits] = (
      await inside('echo written >/tmp/file && cat /tmp/file && grep "Max file size" /proc/self/limits', (config) => {
        fileSize(mostSigned)(config);
        config.root.readonly = false;
      })
    ).split('\n');
    expect(seen).toBe('written');
    expect(limitLine.exec(limits ?? '')?.slice(1)).toEqual([String(mostSigned), String(mostSigned)]);
  });

  test('so is one with a user namespace, where tsrun sets limits from outside', async () => {
    const bundle = makeBundle({
      owner: 100_000,
      script: 'cat /proc/self/limits',
      config: (config) => (fileSize(mostSigned)(config), inUserNamespace(config)),
    });
    expect(limitLine.exec(succeed(await run(bundle)))?.slice(1)).toEqual([String(mostSigned), String(mostSigned)]);
  });

  test.each([false, true])('2^64 - 1 means no limit, and 2^64 is refused (user namespace: %s)', async (user) => {
    const config =
      (limit: bigint) =>
      (one: Config): void => {
        fileSize(limit)(one);
        if (user) inUserNamespace(one);
      };
    const bundle = makeBundle({ ...(user ? { owner: 100_000 } : {}), script: 'cat /proc/self/limits', config: config(infinity) });
    expect(limitLine.exec(succeed(await run(bundle)))?.slice(1)).toEqual(['unlimited', 'unlimited']);
    const words = await refused(config(infinity + 1n));
    if (can.tsrun) expect(words).toContain('/process/rlimits/0/soft');
  });

  // -100 is AT_FDCWD as most system calls receive it; the others are its neighbours, and the first integer that a double cannot represent.
  test.each([2n ** 64n - 100n, 2n ** 64n - 1n, 2n ** 53n + 1n])('a seccomp filter compares all 64 bits: %d', async (value) => {
    const bundle = makeBundle({
      script: `/argument ${value}; /argument ${value - 1n}`,
      config: (config) => {
        const syscalls = [{ names: ['getppid'], action: 'SCMP_ACT_ERRNO', errnoRet: 13, args: [{ index: 0, value, op: 'SCMP_CMP_EQ' }] }];
        config.linux['seccomp'] = { defaultAction: 'SCMP_ACT_ALLOW', syscalls };
      },
    });
    copyFileSync(program('argument'), `${bundle.rootfs}/argument`);
    expect(succeed(await run(bundle)).split('\n')).toEqual(['13', '0']);
  });

  test("are exact in a container's record, and so for exec", async () => {
    const container = await running({ config: fileSize(mostSigned) });
    expect(limitLine.exec(await execInside(container.id, 'cat /proc/self/limits'))?.[1]).toBe(String(mostSigned));
  });

  test('are exact in a process document, and refused out of range', async () => {
    const { id } = await running();
    const file = newPath('.json');
    const document = (soft: bigint): string =>
      jsonOf({
        user: { uid: 0, gid: 0 },
        args: ['cat', '/proc/self/limits'],
        env: ['PATH=/bin'],
        cwd: '/',
        rlimits: [{ type: 'RLIMIT_FSIZE', soft, hard: soft }],
      });
    writeFileSync(file, document(mostSigned));
    expect(limitLine.exec(succeed(await runtime(['exec', '-p', file, id])))?.[1]).toBe(String(mostSigned));
    writeFileSync(file, document(infinity + 1n));
    const refusal = await runtime(['exec', '-p', file, id]);
    expect(refusal.code).not.toBe(0);
    if (can.tsrun)
      expect(refusal.stderr).toContain(
        'validate "/rlimits/0/soft": must be an integer from 0 to 18446744073709551615, found 18446744073709551616',
      );
  });

  test.runIf(can.tsrun)(
    'a number with a fraction is refused with its pointer in config.json and process documents, even if a double cannot represent the fraction',
    async () => {
      const bundle = makeBundle({ args: ['true'] });
      const text = jsonOf(bundle.config);
      const { id } = await running();
      const file = newPath('.json');
      for (const uid of ['1.0000000000000001', '9007199254740990.7', '1e-400', '5e-324', '1e400']) {
        writeFileSync(`${bundle.directory}/config.json`, text.replace(/"uid": \d+/, `"uid": ${uid}`));
        expect(fail(await runtime(['run', '--bundle', bundle.directory, newId()]))).toContain('validate "/process/user/uid"');
        writeFileSync(file, `{"user": {"uid": ${uid}, "gid": 0}, "args": ["id", "-u"], "cwd": "/"}`);
        expect(fail(await runtime(['exec', '-p', file, id]), 255)).toContain('validate "/user/uid"');
      }
      for (const [uid, seen] of [
        ['1.5e1', '15'],
        ['-0', '0'],
      ] as const) {
        writeFileSync(file, `{"user": {"uid": ${uid}, "gid": 0}, "args": ["id", "-u"], "env": ["PATH=/bin"], "cwd": "/"}`);
        expect(succeed(await runtime(['exec', '-p', file, id])).trim()).toBe(seen);
      }
    },
  );

  test("a hook's timeout may exceed an int of milliseconds", async () => {
    const bundle = makeBundle({
      args: ['true'],
      config: (config) => (config.hooks = { createRuntime: [{ path: '/bin/sleep', args: ['sleep', '1'], timeout: 4_294_968 }] }),
    });
    succeed(await run(bundle));
  });

  test.runIf(can.tsrun)('are exact in plan and check', async () => {
    const bundle = makeBundle({ config: fileSize(mostSigned) });
    for (const flags of [[], ['--format', 'json']])
      expect(succeed(await runtime(['plan', ...flags, '--bundle', bundle.directory]))).toContain(String(mostSigned));
    const broken = makeBundle({ config: fileSize(infinity + 1n) });
    expect(
      fail(await runtime(['check', '--bundle', broken.directory])) + (await runtime(['check', '--bundle', broken.directory])).stdout,
    ).toContain('18446744073709551616');
  });

  test('start, state and delete read the same record', async () => {
    const { id } = await created({ config: fileSize(mostSigned) });
    succeed(await runtime(['state', id]));
    succeed(await runtime(['start', id]));
    succeed(await exec(id, ['true']));
    succeed(await runtime(['delete', '--force', id]));
  });
});
