import { chmodSync, writeFileSync } from 'node:fs';
import {
  describe,
  exec,
  expect,
  fail,
  makeBundle,
  place,
  run,
  running,
  startRuntime,
  stateOf,
  succeed,
  test,
  until,
  type Config,
  type Outcome,
  race,
} from '../harness/index.js';
import { seccompProfile } from '../../../bench/bundles/seccomp.mjs';

/** Creates a container in which `strike` sends a signal to each tsrun-init of exec. */
async function striking(
  signal: number,
  seconds: number,
  configure: (config: Config) => void = () => undefined,
): Promise<{
  readonly id: string;
  readonly over: () => boolean;
  readonly struck: () => Promise<number>;
  readonly attacker: Promise<Outcome>;
}> {
  const bundle = makeBundle({
    config: (config) => {
      config.process.capabilities = { bounding: ['CAP_KILL'], effective: ['CAP_KILL'], permitted: ['CAP_KILL'] };
      configure(config);
    },
  });
  const strike = place(bundle, 'strike');
  const { id } = await running({ bundle });
  const attacker = startRuntime(['exec', id, strike, String(signal), String(seconds)]);
  await until('the attacker', () => attacker.output().includes('ready'));
  return {
    id,
    attacker: attacker.done,
    over: () => attacker.output().includes('struck'),
    // With SIGSTOP it runs until it is killed.
    struck: async () => {
      const counted = /struck (\d+)\n/;
      await until('the number of signals', () => counted.test(attacker.output()));
      return Number(counted.exec(attacker.output())?.[1]);
    },
  };
}

describe('exec, if a process of the container signals it before it executes its program,', () => {
  test.each([
    ['in the foreground', []],
    ['detached', ['--detach']],
  ])('reports SIGKILL, %s', async (_, flags) => {
    const struckInTime = await race(1, async () => {
      const { id, over, struck } = await striking(9, 4);
      const outcomes: Outcome[] = [];
      while (!over()) outcomes.push(await exec(id, ['true'], flags));
      const signals = await struck();
      const failed = outcomes.filter(({ code }) => code === 255);
      for (const { stderr } of failed) expect(stderr).toMatch(/ended before it executed it/);
      expect((await stateOf(id)).status).toBe('running');
      return signals > 0 && failed.length > 0;
    });
    expect(struckInTime).toBeGreaterThan(0);
  });

  test('reports SIGSTOP, and leaves no process behind', async () => {
    const struckInTime = await race(1, async () => {
      const { id, over, struck } = await striking(19, 4);
      const outcomes: Outcome[] = [];
      while (!over()) outcomes.push(await exec(id, ['true'], []));
      const signals = await struck();
      const failed = outcomes.filter(({ code }) => code === 255);
      for (const { stderr } of failed) expect(stderr).toMatch(/was stopped before it executed the program/);
      return signals > 0 && failed.length > 0;
    });
    expect(struckInTime).toBeGreaterThan(0);
  });
});

/** Capabilities by their bits (linux/capability.h). */
const [kill, setgid, setuid, trace, admin] = [5n, 6n, 7n, 19n, 21n].map((bit) => 1n << bit) as [bigint, bigint, bigint, bigint, bigint];

describe('a process of exec that the container traces has no more rights than its program', () => {
  /** The capabilities of each tsrun-init that a process with CAP_SYS_PTRACE saw while `true` was executed repeatedly. */
  async function permitted(configure: (config: Config) => void, flags: readonly string[] = []): Promise<bigint> {
    const tracing = ['CAP_KILL', 'CAP_SYS_PTRACE'];
    let seen = 0n;
    const rounds = await race(1, async () => {
      const { id, over, attacker } = await striking(0, 4, (config) => {
        config.process.capabilities = { bounding: tracing, effective: tracing, permitted: tracing };
        configure(config);
      });
      while (!over()) succeed(await exec(id, ['true'], flags));
      const said = succeed(await attacker);
      seen |= BigInt(`0x${/permitted ([0-9a-f]+)/.exec(said)?.[1] ?? 'ffff'}`);
      return Number(/struck (\d+)/.exec(said)?.[1]) > 0;
    });
    expect(rounds).toBeGreaterThan(0);
    return seen;
  }
  const unlocked =
    (seccomp: object) =>
    (config: Config): void => {
      config.process.noNewPrivileges = false;
      config.linux.seccomp = seccomp;
    };

  test('with no_new_privs', async () => {
    expect(await permitted(() => undefined)).toBe(kill | trace);
  });

  test('without no_new_privs, under the profile of engines, which needs CAP_SYS_ADMIN to load', async () => {
    expect(await permitted(unlocked(seccompProfile()))).toBe(kill | trace);
  });

  test('as another user with a priority', async () => {
    const configure = (config: Config): void => {
      unlocked(seccompProfile())(config);
      config.process['ioPriority'] = { class: 'IOPRIO_CLASS_RT', priority: 0 };
      config.process['scheduler'] = { policy: 'SCHED_BATCH', nice: -5 };
    };
    expect(await permitted(configure, ['--user', '1000:1000'])).toBe(kill | trace);
  });

  test('except for those that the start needs if the filter forbids clone', async () => {
    const refusesClone = { defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{ names: ['clone', 'clone3'], action: 'SCMP_ACT_ERRNO' }] };
    expect(await permitted(unlocked(refusesClone))).toBe(kill | trace | setgid | setuid | admin);
  });
});

/** Rejects calls with an errno. */
function refusing(names: readonly string[], errnoRet: number, locked: boolean): (config: Config) => void {
  return (config) => {
    config.process.noNewPrivileges = locked;
    config.linux.seccomp = { defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{ names, action: 'SCMP_ACT_ERRNO', errnoRet }] };
  };
}

describe.each([
  ['with no_new_privs', true],
  ['without', false],
])('a seccomp profile, %s,', (_, locked) => {
  const junk = (config: (config: Config) => void): ReturnType<typeof makeBundle> => {
    const bundle = makeBundle({ args: ['/bin/junk'], config });
    writeFileSync(`${bundle.rootfs}/bin/junk`, 'junk');
    chmodSync(`${bundle.rootfs}/bin/junk`, 0o755);
    return bundle;
  };

  test.each([
    ['exit_group', ['exit_group']],
    ['exit as well', ['exit_group', 'exit']],
  ])('that refuses %s lets a failed start end', async (_, names) => {
    expect(fail(await run(junk(refusing(names, 1, locked))))).toMatch(/exec format error/);
  });

  test('that interrupts each write lets a failed start end', async () => {
    expect((await run(junk(refusing(['write', 'exit_group', 'exit'], 4, locked)))).code).not.toBe(0);
  });

  test('that refuses write does not affect a program that needs no write', async () => {
    succeed(await run(makeBundle({ args: ['true'], config: refusing(['write'], 1, locked) })));
    expect((await run(makeBundle({ args: ['false'], config: refusing(['write'], 1, locked) }))).code).toBe(1);
  });

  test('that kills writers does not affect it either', async () => {
    const config = (config: Config): void => {
      config.process.noNewPrivileges = locked;
      config.linux.seccomp = { defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{ names: ['write'], action: 'SCMP_ACT_KILL_PROCESS' }] };
    };
    succeed(await run(makeBundle({ args: ['true'], config })));
  });

  test('that interrupts each wait makes startContainer hooks fail instead of waiting forever', async () => {
    const bundle = makeBundle({ args: ['true'], config: refusing(['ppoll'], 4, locked) });
    bundle.config.hooks = { startContainer: [{ path: '/bin/true' }] };
    bundle.save();
    expect(fail(await run(bundle))).toMatch(/startContainer hook #0/);
  });
});
