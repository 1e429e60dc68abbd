import { execFileSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import {
  afterTest,
  can,
  describe,
  execInside,
  expect,
  inside,
  makeBundle,
  mark,
  program,
  refused,
  run,
  running,
  test,
  type Config,
} from '../harness/index.js';

const process = (fields: Record<string, unknown>) => (config: Config) => void Object.assign(config.process, fields);
const linux = (fields: Record<string, unknown>) => (config: Config) => void Object.assign(config.linux, fields);

describe('personality', () => {
  test.runIf(can.personality)('LINUX32 shows a 32-bit machine', async () => {
    expect(await inside('uname -m; cat /proc/self/personality', linux({ personality: { domain: 'LINUX32' } }))).toMatch(
      /^(i686|armv8l)\n00000008$/,
    );
  });

  test('LINUX shows the usual machine', async () => {
    expect(await inside('uname -m', linux({ personality: { domain: 'LINUX' } }))).toMatch(/^(x86_64|aarch64)$/);
  });

  test.runIf(can.personality && can.runcCommand)('that is unknown is refused', async () => {
    await refused(linux({ personality: { domain: 'LINUX16' } }));
  });
});

describe.runIf(can.scheduling)('scheduling supports', () => {
  // proc_pid_stat(5).
  const scheduling = 'awk \'{print "policy", $41, "priority", $40, "nice", $19}\' /proc/$$/stat';

  test('SCHED_BATCH with a nice value', async () => {
    expect(await inside(scheduling, process({ scheduler: { policy: 'SCHED_BATCH', nice: 5 } }))).toBe('policy 3 priority 0 nice 5');
  });

  test('SCHED_FIFO with a priority', async () => {
    expect(await inside(scheduling, process({ scheduler: { policy: 'SCHED_FIFO', priority: 7 } }))).toBe('policy 1 priority 7 nice 0');
  });

  test('no unknown policy', async () => {
    await refused(process({ scheduler: { policy: 'SCHED_LUCK' } }));
  });

  test('IOPRIO_CLASS_IDLE', async () => {
    expect(await inside('ionice', process({ ioPriority: { class: 'IOPRIO_CLASS_IDLE', priority: 0 } }))).toMatch(/^idle/);
  });

  test('IOPRIO_CLASS_BE with a level', async () => {
    expect(await inside('ionice', process({ ioPriority: { class: 'IOPRIO_CLASS_BE', priority: 6 } }))).toMatch(/best-effort: prio 6/);
  });
});

describe('the session keyring', () => {
  const own = (): string => execFileSync(program('session_keyring'), { encoding: 'utf8' });

  async function seen(flags: readonly string[]): Promise<string> {
    const bundle = makeBundle({ args: ['/session_keyring'] });
    copyFileSync(program('session_keyring'), `${bundle.rootfs}/session_keyring`);
    return (await run(bundle, { flags })).stdout;
  }

  test('is new', async () => {
    expect(await seen([])).toMatch(/^\d+\n$/);
    expect(await seen([])).not.toBe(own());
  });

  test("is the caller's with --no-new-keyring", async () => {
    expect(await seen(['--no-new-keyring'])).toBe(own());
  });

  test.runIf(can.execKeyring).each([
    ['is new for exec, too', []],
    ["is the caller's for exec where the container was created with --no-new-keyring", ['--no-new-keyring']],
  ])('is set up for %s', async (_, flags) => {
    const bundle = makeBundle({ args: ['sleep', '100'] });
    copyFileSync(program('session_keyring'), `${bundle.rootfs}/session_keyring`);
    const { id } = await running({ bundle, flags });
    const found = await execInside(id, '/session_keyring');
    expect(found === own().trim()).toBe(flags.length > 0);
  });
});

describe.runIf(can.netDevices)('netDevices', () => {
  test('are moved into the container, under a new name, with their addresses', async () => {
    const name = `t${mark.slice(-6)}`;
    execFileSync('ip', ['link', 'add', name, 'type', 'veth', 'peer', 'name', `${name}p`]);
    afterTest(() => {
      // It is gone with the container's network namespace if the test succeeded.
      try {
        execFileSync('ip', ['link', 'del', name], { stdio: 'ignore' });
      } catch {
        return;
      }
    });
    execFileSync('ip', ['addr', 'add', '10.99.0.1/24', 'dev', name]);
    const seen = await inside('ip addr show eth7', linux({ netDevices: { [name]: { name: 'eth7' } } }));
    expect(seen).toMatch(/inet 10\.99\.0\.1\/24/);
  });

  test('that do not exist are an error', async () => {
    expect(await refused(linux({ netDevices: { nothere0: {} } }))).toMatch(/nothere0/);
  });
});
