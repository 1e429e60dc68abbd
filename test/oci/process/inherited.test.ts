import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync } from 'node:fs';
import {
  exec,
  created,
  describe,
  expect,
  makeBundle,
  program,
  run,
  running,
  runtime,
  newId,
  fail,
  succeed,
  test,
  can,
  untilOutput,
  type Bundle,
  type Config,
} from '../harness/index.js';

/** Shows which of its caller's attributes a process in the container has. */
const nice = "awk '{ print $19 }' /proc/self/stat";
const attribute = (file: string): string => `cat /proc/self/${file}`;

/** Attributes of a caller that is, for example, a pinned, niced or limited daemon. docs/decisions/0016 gives the reason for each. */
const kept = [
  { name: 'the nice value', wrapper: ['nice', '-n', '5'], look: nice, seen: '5' },
  { name: 'the io priority', wrapper: ['ionice', '-c', '2', '-n', '6'], look: 'ionice -p $$', seen: /prio 6/ },
  { name: 'the scheduling policy', wrapper: ['chrt', '--batch', '0'], look: "awk '{ print $41 }' /proc/self/stat", seen: '3' },
  { name: 'a resource limit', wrapper: ['prlimit', '--core=0:4096'], look: 'grep core /proc/self/limits', seen: /0 +4096/ },
  { name: 'the personality', wrapper: ['setarch', '--addr-no-randomize'], look: attribute('personality'), seen: '00040000' },
  {
    name: 'the time namespace for children',
    wrapper: ['unshare', '--time', '--boottime', '86400'],
    look: "awk '/boottime/ { print $2 }' /proc/self/timens_offsets",
    seen: '86400',
  },
  { name: 'the oom score', wrapper: ['choom', '-n', '300', '--'], look: attribute('oom_score_adj'), seen: '300' },
] as const;

describe.each(kept)('$name of the caller', ({ wrapper, look, seen }) => {
  const check = (text: string): void => {
    if (typeof seen === 'string') expect(text).toBe(seen);
    else expect(text).toMatch(seen);
  };

  test('is inherited by the container', async () => {
    check(succeed(await run(makeBundle({ script: look }), { wrapper })));
  });

  test('is inherited by a process of exec', async () => {
    const { id } = await running();
    check(succeed(await exec(id, ['sh', '-c', look], [], { wrapper })));
  });
});

const cpus = 'grep Cpus_allowed_list /proc/self/status | cut -f 2';
const allowed = "awk '/Cpus_allowed_list/ { print $2 }' /proc/self/status";

describe('the CPUs of a pinned caller', () => {
  const all = async (): Promise<string> => succeed(await run(makeBundle({ script: cpus })));

  test.runIf(can.tsrun)('do not restrict the container', async () => {
    const everywhere = await all();
    expect(everywhere).not.toBe('0');
    expect(succeed(await run(makeBundle({ script: allowed }), { wrapper: ['taskset', '-c', '0'] }))).toBe(everywhere);
  });

  test.runIf(can.tsrun)('do not restrict a process of exec', async () => {
    const { id } = await running({ call: { wrapper: ['taskset', '-c', '0'] } });
    expect(succeed(await exec(id, ['sh', '-c', cpus], [], { wrapper: ['taskset', '-c', '0'] }))).toBe(await all());
  });

  test.runIf(can.execCpuAffinity)('do not override execCPUAffinity', async () => {
    const { id } = await running({ config: (config) => (config.process['execCPUAffinity'] = { initial: '0', final: '1' }) });
    expect(succeed(await runtime(['exec', id, 'sh', '-c', cpus], { wrapper: ['taskset', '-c', '0'] }))).toBe('1');
  });
});

/** Maps users and mounts with a user namespace. */
function mapped({ linux }: Config): void {
  linux.namespaces.push({ type: 'user' });
  linux.uidMappings = linux.gidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
}

describe('a small RLIMIT_NOFILE applies to the program, not to tsrun-init', () => {
  const few = (config: Config): void => {
    config.process.rlimits = [{ type: 'RLIMIT_NOFILE', soft: 4, hard: 4 }];
  };
  const look = ['grep', 'open files', '/proc/self/limits'];

  test.runIf(can.tsrun)('with a user namespace', async () => {
    const bundle = makeBundle({ args: look, owner: 100_000, config: (config) => (mapped(config), few(config)) });
    expect(succeed(await run(bundle))).toMatch(/4 +4/);
  });

  test.runIf(can.tsrun)('for exec in a user namespace', async () => {
    const { id } = await running({ owner: 100_000, config: (config) => (mapped(config), few(config)) });
    expect(succeed(await exec(id, look))).toMatch(/4 +4/);
  });

  test('without a user namespace', async () => {
    expect(succeed(await run(makeBundle({ args: look, config: few }), { id: newId() }))).toMatch(/4 +4/);
  });
});

/** Attributes set with prctl(2) and the like: `no` is the value for a process that was given none. docs/decisions/0016, second table. */
const attributes = [
  { name: 'timerslack', given: '123456', no: '50000', stays: true },
  { name: 'thp', given: '1', no: '0', stays: true },
  { name: 'coredump', given: '7', no: '51', stays: true },
  { name: 'securebits', given: '64', no: '0', stays: true },
  { name: 'nnp', given: '1', no: '0', stays: true },
  { name: 'mempolicy', given: '2', no: '0', stays: true },
  { name: 'subreaper', given: '1', no: '0', stays: false },
  { name: 'pdeathsig', given: '10', no: '0', stays: false },
  { name: 'keepcaps', given: '1', no: '0', stays: false },
  { name: 'itimer', given: '1', no: '0', stays: false },
  { name: 'dumpable', given: '0', no: '1', stays: false },
  { name: 'umask', given: '0', no: '18', stays: false },
  // SCHED_BATCH stays; the first fork clears the flag (sched(7)).
  { name: 'resetonfork', given: '3', no: '0', stays: true },
  { name: 'mdwe', given: '1', no: '0', stays: true },
  { name: 'speculation', given: '1', no: '0', stays: true },
  { name: 'mcekill', given: '1', no: '2', stays: true },
  { name: 'ksm', given: '1', no: '0', stays: true },
  { name: 'uclamp', given: '500', no: '1024', stays: true },
  { name: 'cookie', given: '1', no: '0', stays: true },
  { name: 'ioflusher', given: '1', no: '0', stays: true },
  { name: 'ioport', given: '1', no: '0', stays: true },
  // Nobody can leave a filter or a Landlock domain: tsrun may load more, and may do no more.
  { name: 'filter', given: '1', no: '0', stays: true },
  { name: 'landlock', given: '-13', no: '1', stays: true },
  { name: 'loginuid', given: '4321', no: readFileSync('/proc/self/loginuid', 'utf8').trim(), stays: true },
  { name: 'bounding', given: '0', no: '1', stays: true },
  { name: 'ambient', given: '1', no: '0', stays: false },
  // A new session has its own autogroup (sched(7)).
  { name: 'autogroup', given: '7', no: '0', stays: false },
  { name: 'locks', given: '', no: '0', stays: false },
  { name: 'processkeyring', given: '1', no: '0', stays: false },
  { name: 'threadkeyring', given: '1', no: '0', stays: false },
  {
    name: 'signals',
    given: '',
    no: 'SigPnd:\t0000000000000000\nShdPnd:\t0000000000000000\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n0',
    stays: false,
  },
] as const;

/** Those that this kernel supports and permits, and with which the runtime itself can run. */
const possible = attributes.filter(
  ({ name }) => spawnSync(program('inherit'), ['set', name, 'true']).status === 0 && (name !== 'mdwe' || can.runWithoutWritableCode),
);

describe.runIf(can.tsrun).each(possible)('the attribute $name of the caller', ({ name, given, no, stays }) => {
  const wrapper = [program('inherit'), 'set', name];
  const look = ['/bin/inherit', 'show', name];
  const expected = stays ? given : no;

  function bundleToLook(args: readonly string[] = look): Bundle {
    const bundle = makeBundle({ args, config: (config) => (config.process.noNewPrivileges = false) });
    copyFileSync(program('inherit'), `${bundle.rootfs}/bin/inherit`);
    return bundle;
  }

  test('is not set in the container if the caller does not have it', async () => {
    expect(succeed(await run(bundleToLook()))).toBe(no);
  });

  test(`${stays ? 'is' : 'is not'} that of a container of run`, async () => {
    expect(succeed(await run(bundleToLook(), { wrapper }))).toBe(expected);
  });

  test(`${stays ? 'is' : 'is not'} that of a container of create, even if another process starts it`, async () => {
    const container = await created({ bundle: bundleToLook(['sh', '-c', `${look.join(' ')}; echo done; sleep 1000`]), call: { wrapper } });
    succeed(await runtime(['start', container.id]));
    await untilOutput(container, /done/);
    expect(
      container
        .output()
        .trim()
        .replace(/\ndone$/, ''),
    ).toBe(expected);
  });

  // A process in a Landlock domain reaches only processes in the same domain (landlock(7), "Ptrace restrictions").
  test.skipIf(name === 'landlock')(`${stays ? 'is' : 'is not'} that of a process of exec`, async () => {
    const { id } = await running({ bundle: bundleToLook(['sleep', '1000']) });
    expect(succeed(await exec(id, look, [], { wrapper }))).toBe(expected);
  });
});

describe.runIf(can.tsrun)('a caller that is traced with all that it starts', () => {
  const wrapper = [program('inherit'), 'set', 'traced'];

  function bundleToLook(args: readonly string[]): Bundle {
    const bundle = makeBundle({ args });
    copyFileSync(program('inherit'), `${bundle.rootfs}/bin/inherit`);
    return bundle;
  }
  const look = ['/bin/inherit', 'show', 'traced'];

  test('has a container of run that is traced, too', async () => {
    expect(succeed(await run(bundleToLook(look)))).toBe('0');
    expect(succeed(await run(bundleToLook(look), { wrapper }))).toBe('1');
  });

  test('has a container of create that nobody traces once the tracer has ended', async () => {
    const container = await created({ bundle: bundleToLook(['sh', '-c', `${look.join(' ')}; echo done; sleep 1000`]), call: { wrapper } });
    succeed(await runtime(['start', container.id]));
    await untilOutput(container, /done/);
    expect(container.output()).toBe('0\ndone\n');
  });

  // Nobody but the tracer learns at once how it ended (ptrace(2)).
  test('has hooks whose failures count', async () => {
    const bundle = bundleToLook(['true']);
    bundle.config.hooks = { createRuntime: [{ path: '/bin/sh', args: ['sh', '-c', 'exit 3'] }] };
    bundle.save();
    for (let round = 0; round < 15; round++) expect(fail(await run(bundle, { wrapper }))).toMatch(/hook.*exit status 3/s);
  });

  test('has a process of exec that is traced, too', async () => {
    const { id } = await running({ bundle: bundleToLook(['sleep', '1000']) });
    expect(succeed(await exec(id, look))).toBe('0');
    expect(succeed(await exec(id, look, [], { wrapper }))).toBe('1');
  });
});
