import { writeFileSync } from 'node:fs';
import {
  can,
  describe,
  exec,
  execInside,
  expect,
  fail,
  newPath,
  running,
  runtime,
  stateOf,
  succeed,
  test,
  type Config,
} from '../harness/index.js';

const status = (field: string): string => `grep ^${field}: /proc/self/status | cut -f2-`;

describe.runIf(can.runcCommand)('exec', () => {
  test.each(['1x', 'x', '-1', ...(can.tsrun ? ['4294967296'] : []), '1:2:3', '1:', ':1', '0x10', ' 1', '1 '])(
    '-u "%s" is refused, and never mistaken for another user (CVE-2026-30892)',
    async (user) => {
      const container = await running();
      const outcome = await exec(container.id, ['id', '-u'], ['-u', user]);
      if (can.strictUser) fail(outcome, 255);
      else expect(outcome.stdout.trim()).not.toBe('0');
    },
  );

  test('-g adds groups', async () => {
    const container = await running({ config: (config) => (config.process.user = { uid: 1000, gid: 1000 }) });
    const groups = (await execInside(container.id, status('Groups'), ['-g', '3000', '-g', '4000'])).trim().split(' ');
    expect(groups).toEqual(expect.arrayContaining(['3000', '4000']));
  });

  test('has the configured groups', async () => {
    const container = await running({ config: (config) => (config.process.user = { uid: 1000, gid: 1000, additionalGids: [5000] }) });
    expect((await execInside(container.id, status('Groups'))).trim()).toBe('5000');
  });

  test('--cap adds a capability', async () => {
    const container = await running();
    const before = BigInt(`0x${await execInside(container.id, status('CapEff'))}`);
    const after = BigInt(`0x${await execInside(container.id, status('CapEff'), ['--cap', 'CAP_SYS_CHROOT'])}`);
    expect(after).toBe(before | (1n << 18n));
    expect(await execInside(container.id, status('CapInh'), ['--cap', 'CAP_SYS_CHROOT'])).toBe('0000000000000000');
  });

  test('--no-new-privs sets no_new_privs', async () => {
    const container = await running({ config: (config) => (config.process.noNewPrivileges = false) });
    expect(await execInside(container.id, status('NoNewPrivs'))).toBe('0');
    expect(await execInside(container.id, status('NoNewPrivs'), ['--no-new-privs'])).toBe('1');
  });

  test.runIf(can.execUmask)('has the configured limits, umask and oom score', async () => {
    const container = await running({
      config: (config) => {
        config.process.rlimits = [{ type: 'RLIMIT_NOFILE', soft: 100, hard: 200 }];
        config.process.user.umask = 0o27;
        config.process.oomScoreAdj = 100;
      },
    });
    const seen = await execInside(container.id, `grep "Max open" /proc/self/limits; ${status('Umask')}; cat /proc/self/oom_score_adj`);
    expect(seen).toMatch(/100\s+200.*\n0027\n100$/s);
  });

  test('--process may set capabilities, limits and a terminal', async () => {
    const container = await running();
    const file = newPath('.json');
    const capabilities = { bounding: ['CAP_CHOWN'], effective: ['CAP_CHOWN'], permitted: ['CAP_CHOWN'] };
    writeFileSync(
      file,
      JSON.stringify({
        user: { uid: 0, gid: 0, additionalGids: [7] },
        args: ['sh', '-c', `${status('CapBnd')}; ${status('Groups')}; ulimit -n`],
        env: ['PATH=/bin'],
        cwd: '/',
        capabilities,
        rlimits: [{ type: 'RLIMIT_NOFILE', soft: 50, hard: 60 }],
      }),
    );
    expect(succeed(await runtime(['exec', '-p', file, container.id]))).toMatch(/^0000000000000001\n7 ?\n50$/);
  });

  test('--process without a user runs as root', async () => {
    const container = await running({ config: (config) => (config.process.user = { uid: 1000, gid: 1000 }) });
    const file = newPath('.json');
    writeFileSync(file, JSON.stringify({ args: ['id', '-u'], env: ['PATH=/bin'], cwd: '/', ioPriority: { class: 'IOPRIO_CLASS_BE' } }));
    expect(succeed(await runtime(['exec', '-p', file, container.id]))).toBe('0');
  });

  test("--process without capabilities has the container's", async () => {
    const container = await running();
    const file = newPath('.json');
    const capabilities = 'grep -E "^Cap(Eff|Bnd)" /proc/self/status';
    writeFileSync(file, JSON.stringify({ user: { uid: 0, gid: 0 }, args: ['sh', '-c', capabilities], env: ['PATH=/bin'], cwd: '/' }));
    const configured = succeed(await exec(container.id, ['sh', '-c', capabilities]));
    expect(configured).toMatch(/^CapEff:\s+0*[1-9a-f]/);
    expect(succeed(await runtime(['exec', '-p', file, container.id]))).toBe(configured);
  });

  test.each(['', '{', '[]', '{}', '{"args": "sh"}', '{"args": [], "cwd": "/"}'])('--process of "%s" is refused', async (text) => {
    const container = await running();
    const file = newPath('.json');
    writeFileSync(file, text);
    fail(await runtime(['exec', '--process', file, container.id]), 255);
  });

  test('--process of a missing file is refused', async () => {
    const container = await running();
    expect(fail(await runtime(['exec', '--process', '/no/where', container.id]), 255)).toMatch(/\/no\/where.*no such file or directory/);
  });

  test('without a program is refused', async () => {
    const container = await running();
    expect((await runtime(['exec', container.id])).code).not.toBe(0);
  });

  test('joins the user of a container in a user namespace', async () => {
    const mapped = (config: Config): void => {
      config.linux.namespaces.push({ type: 'user' });
      config.linux.uidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
      config.linux.gidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
    };
    const container = await running({ config: mapped, owner: 100_000 });
    expect(await execInside(container.id, 'id -u; id -g', ['-u', '33:44'])).toBe('33\n44');
    fail(await exec(container.id, ['true'], ['-u', '70000']), 255);
  });

  test('runs many processes at once', async () => {
    const container = await running();
    const outcomes = await Promise.all(Array.from({ length: 20 }, (_, index) => exec(container.id, ['echo', String(index)])));
    expect(outcomes.map((outcome) => outcome.stdout.trim())).toEqual(outcomes.map((_, index) => String(index)));
    expect((await stateOf(container.id)).status).toBe('running');
  });
});
