import * as fc from 'fast-check';
import { rmSync, writeFileSync } from 'node:fs';
import {
  describe,
  expect,
  gone,
  makeBundle,
  newDirectory,
  newId,
  runtime,
  succeed,
  test,
  type Bundle,
  type Config,
  type Outcome,
} from '../harness/index.js';
import { mutated, mutations } from '../harness/mutations.js';

/** fast-check prints the seed of a failure; SEED=... repeats it. */
const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);
const settings = (runs: number): fc.Parameters<unknown> => ({ seed, numRuns: runs, endOnFailure: true, interruptAfterTimeLimit: 60_000 });

/** Adds fields that the default configuration does not have, so that they are mutated, too. */
function full(config: Config): void {
  config.process.rlimits?.push({ type: 'RLIMIT_CORE', soft: 0, hard: 0 });
  config.process.user.additionalGids = [5];
  config.process.user.umask = 18;
  config.process['oomScoreAdj'] = 10;
  config.process['scheduler'] = { policy: 'SCHED_OTHER', nice: 1 };
  config.process['ioPriority'] = { class: 'IOPRIO_CLASS_BE', priority: 4 };
  config.domainname = 'domain';
  config.annotations = { 'org.example.key': 'value' };
  config.hooks = {
    createRuntime: [{ path: '/bin/true', args: ['true'], env: ['A=b'], timeout: 5 }],
    startContainer: [{ path: '/bin/true' }],
  };
  config.mounts.push({ destination: '/tmp', type: 'tmpfs', source: 'tmpfs', options: ['size=64k', 'mode=1777', 'ro'] });
  config.linux.sysctl = { 'net.ipv4.ip_forward': '1' };
  config.linux.devices = [{ path: '/dev/extra', type: 'c', major: 1, minor: 3, fileMode: 438, uid: 0, gid: 0 }];
  config.linux.rootfsPropagation = 'rprivate';
  config.linux['personality'] = { domain: 'LINUX' };
  config.linux['seccomp'] = {
    defaultAction: 'SCMP_ACT_ALLOW',
    architectures: ['SCMP_ARCH_X86_64'],
    syscalls: [{ names: ['kcmp'], action: 'SCMP_ACT_ERRNO', errnoRet: 1, args: [{ index: 0, value: 1, valueTwo: 0, op: 'SCMP_CMP_EQ' }] }],
  };
  config.linux.timeOffsets = { monotonic: { secs: 1, nanosecs: 0 } };
  config.linux.namespaces.push({ type: 'time' });
}

const bundleOf = (config: (config: Config) => void): Bundle => makeBundle({ config });

/** With another root, such as `/`, the container would use the machine that runs the tests. */
function staysInBundle(config: unknown): boolean {
  const root = (config as Partial<Config>).root as unknown;
  const path = typeof root === 'object' && root !== null ? (root as Record<string, unknown>)['path'] : '';
  return typeof path !== 'string' || path === 'rootfs' || !/[./]/.test(path);
}

/** Creates and deletes the container, or expects a clear error; nothing may be left either way. */
async function judge(bundle: Bundle, id: string): Promise<void> {
  const outcome = await runtime(['create', '--bundle', bundle.directory, id], { timeout: 10_000 });
  if (outcome.code !== 0) {
    clear(outcome);
    // Nobody should have to clean up after a failed create.
    await gone(id);
  } else {
    // The program may be impossible to execute.
    await runtime(['start', id], { timeout: 10_000 });
    succeed(await runtime(['delete', '--force', id]));
    await gone(id);
  }
  rmSync(bundle.directory, { recursive: true });
}

function clear({ code, stderr }: Outcome): void {
  expect(code, stderr).toBe(1);
  // Warnings about parts of the configuration that have no effect come first.
  expect(stderr.replace(/^(?:time="[^"]*" level=warning [^\n]*\n)*/, '')).toMatch(/^tsrun: \S/);
  // Not a bug in tsrun, and no sign of JavaScript.
  expect(stderr).not.toMatch(/(?:fault of|bug in) tsrun|TypeError|undefined|\[object|NaN|at \S+ \(/);
}

test('the configuration that the tests mutate is valid', async () => {
  const id = newId();
  succeed(await runtime(['create', '--bundle', bundleOf(full).directory, id]));
  succeed(await runtime(['start', id]));
});

describe('an invalid configuration', () => {
  test('is refused clearly or works, and leaves nothing behind', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(mutations, async (list) => {
        const bundle = bundleOf(full);
        const config = mutated(bundle.config, list);
        fc.pre(staysInBundle(config));
        writeFileSync(`${bundle.directory}/config.json`, JSON.stringify(config));
        await judge(bundle, newId());
      }),
      settings(400),
    );
  });

  test('in the form of mutated text is refused clearly', { timeout: 120_000 }, async () => {
    const good = JSON.stringify(bundleOf(full).config);
    const cut = fc.record({
      from: fc.nat(good.length),
      length: fc.nat(20),
      text: fc.oneof(fc.string({ maxLength: 4 }), fc.constantFrom('{', '}', '[', ']', '"', ',', '\\u0000', '\\', '1e999', '\ufeff')),
    });
    await fc.assert(
      fc.asyncProperty(cut, async ({ from, length, text }) => {
        const bundle = bundleOf(() => undefined);
        writeFileSync(`${bundle.directory}/config.json`, good.slice(0, from) + text + good.slice(from + length));
        await judge(bundle, newId());
      }),
      settings(200),
    );
  });

  test('in the form of mutated bytes is refused clearly', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        const bundle = bundleOf(() => undefined);
        writeFileSync(`${bundle.directory}/config.json`, bytes);
        await judge(bundle, newId());
      }),
      settings(60),
    );
  });
});

test('an invalid process document does not affect the container', { timeout: 120_000 }, async () => {
  const id = newId();
  const bundle = bundleOf(full);
  succeed(await runtime(['create', '--bundle', bundle.directory, id]));
  succeed(await runtime(['start', id]));
  await fc.assert(
    fc.asyncProperty(mutations, async (list) => {
      const file = `${bundle.directory}/process.json`;
      writeFileSync(file, JSON.stringify(mutated({ ...bundle.config.process, args: ['true'] }, list)));
      const outcome = await runtime(['exec', '--process', file, id], { timeout: 10_000 });
      // A program that ran has its own exit code; 255 is ours.
      if (outcome.code === 255) expect(outcome.stderr).not.toMatch(/(?:fault of|bug in) tsrun|TypeError|undefined|\[object|NaN|at \S+ \(/);
    }),
    settings(200),
  );
  expect(succeed(await runtime(['exec', id, 'echo', 'fine']))).toBe('fine');
});

test('a random command line neither crashes nor hangs', { timeout: 120_000 }, async () => {
  const id = newId();
  const word = fc.oneof(
    fc.constantFrom(
      'create',
      'run',
      'start',
      'state',
      'kill',
      'delete',
      'exec',
      'list',
      'ps',
      'spec',
      'features',
      'pause',
      'resume',
      '--bundle',
      '-b',
      '--',
      '-',
      '--force',
      '--root',
      '--log',
      '--format',
      '--pid-file',
      '--debug',
      '-t',
      '-d',
      'KILL',
      '9',
      '/',
      '',
      id,
      '--help',
      '-v',
    ),
    // The argument vector contains no NUL.
    fc.string({ maxLength: 8 }).map((text) => text.replaceAll('\0', '')),
  );
  // Not a bundle: whatever "create" and a random word create would stay.
  const cwd = newDirectory();
  await fc.assert(
    fc.asyncProperty(fc.array(word, { maxLength: 6 }), async (words) => {
      const outcome = await runtime(words, { cwd, timeout: 10_000 });
      expect(outcome.stderr).not.toMatch(/(?:fault of|bug in) tsrun|TypeError|\[object|at \S+ \(/);
    }),
    settings(200),
  );
});
