import {
  chmodSync,
  chownSync,
  copyFileSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import {
  can,
  describe,
  expect,
  inside,
  makeBundle,
  newDirectory,
  newId,
  newPath,
  program,
  run,
  runtime,
  statusInside,
  succeed,
  test,
  type Config,
} from '../harness/index.js';
import { seccompProfile } from '../../../bench/bundles/seccomp.mjs';

type Profile = Record<string, unknown> & { syscalls: { names: string[]; action: string }[] };

const using =
  (seccomp: object, noNewPrivileges = true) =>
  (config: Config) => {
    config.linux['seccomp'] = seccomp;
    config.process.noNewPrivileges = noNewPrivileges;
  };

/** The profile that engines give every container. */
const engines = (): Profile => seccompProfile();

/** Allows everything except mkdir(2), which gets an action. */
const mkdir = (action: string, more: Record<string, unknown> = {}, errnoRet?: number): object => ({
  defaultAction: 'SCMP_ACT_ALLOW',
  architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_AARCH64'],
  syscalls: [{ names: ['mkdir', 'mkdirat'], action, ...(errnoRet === undefined ? {} : { errnoRet }) }],
  ...more,
});

const attempt = 'mkdir /dev/shm/x 2>&1 && echo made; true';

describe('the profile of engines', () => {
  test.each([true, false])('loads with noNewPrivileges %s, and programs run under it', async (noNewPrivileges) => {
    expect(
      await inside(`${attempt}; grep ^Seccomp: /proc/self/status; unshare -U true 2>&1 || true`, using(engines(), noNewPrivileges)),
    ).toMatch(/made\nSeccomp:\s+2\nunshare: .*not permitted/);
  });

  test.runIf(can.runcCommand)('makes newer system calls fail with ENOSYS, and calls that it omits with EPERM', async () => {
    const bundle = makeBundle({ script: '/newest; mount -t tmpfs x /tmp 2>&1; true', config: using(engines()) });
    copyFileSync(program('newest_call'), `${bundle.rootfs}/newest`);
    expect(succeed(await run(bundle))).toMatch(/^ENOSYS\nmount: permission denied/);
  });

  test.runIf(process.arch === 'x64')('lets no x32 call through if it does not name that architecture', async () => {
    // __X32_SYSCALL_BIT of asm/unistd.h, and getpid.
    const script = '/newest 0x40000027; echo $?';
    const bundle = makeBundle({ script, config: using({ ...engines(), architectures: ['SCMP_ARCH_X86_64'] }) });
    copyFileSync(program('newest_call'), `${bundle.rootfs}/newest`);
    // docs/differences.md: other runtimes kill the program.
    expect(succeed(await run(bundle))).toBe(can.tsrun ? 'ENOSYS\n0' : String(128 + 31));
  });

  test.runIf(can.runcCommand)('counts calls as known if a rule denies them as the default does', async () => {
    // pidfd_getfd is number 438. Without its name, setns (308) would be the newest, and everything above it unknown.
    const seccomp = engines();
    const known = seccomp.syscalls
      .map((rule) => ({ ...rule, names: rule.names.filter((name) => !isNewer(name)) }))
      .filter((rule) => rule.names.length > 0);
    const denied = { names: ['cachestat'], action: 'SCMP_ACT_ERRNO' };
    const probe = (syscalls: unknown): Promise<string> => {
      const bundle = makeBundle({ args: ['/probe'], config: using({ ...seccomp, syscalls }) });
      copyFileSync(program('pidfd_getfd_call'), `${bundle.rootfs}/probe`);
      return run(bundle).then(succeed);
    };
    expect(await probe(known)).toBe('ENOSYS');
    expect(await probe([...known, denied])).toBe('EPERM');
  });
});

/** Calls with a number of 436 or more, which exist since Linux 5.9. */
const isNewer = (name: string): boolean =>
  /^(close_range|openat2|pidfd_getfd|faccessat2|process_madvise|epoll_pwait2|mount_setattr|landlock_.*|memfd_secret|process_mrelease|futex_.*|cachestat|fchmodat2|map_shadow_stack)$/.test(
    name,
  );

describe('the seccomp action', () => {
  test('SCMP_ACT_LOG allows the call', async () => {
    expect(await inside(attempt, using(mkdir('SCMP_ACT_LOG')))).toBe('made');
  });

  test('SCMP_ACT_TRAP sends SIGSYS, which kills a program that does not catch it', async () => {
    expect(await inside('mkdir /dev/shm/x; echo $?', using(mkdir('SCMP_ACT_TRAP')))).toBe(String(128 + 31));
  });

  test('SCMP_ACT_TRACE without a tracer fails with ENOSYS', async () => {
    expect(await inside(attempt, using(mkdir('SCMP_ACT_TRACE', {}, 7)))).toMatch(/not implemented/);
  });

  test.each(['SCMP_ACT_KILL', 'SCMP_ACT_KILL_THREAD', 'SCMP_ACT_KILL_PROCESS'])('%s kills', async (action) => {
    expect(await inside('mkdir /dev/shm/x; echo $?', using(mkdir(action)))).toBe(String(128 + 31));
  });

  test('SCMP_ACT_ERRNO fails with errnoRet', async () => {
    expect(await inside(attempt, using(mkdir('SCMP_ACT_ERRNO', {}, 28)))).toMatch(/No space left/);
  });
});

describe.runIf(can.seccompFlags)('the seccomp flags', () => {
  test.each([
    ['none', []],
    ['LOG', ['SECCOMP_FILTER_FLAG_LOG']],
    ['SPEC_ALLOW', ['SECCOMP_FILTER_FLAG_SPEC_ALLOW']],
    ['TSYNC', ['SECCOMP_FILTER_FLAG_TSYNC']],
    ['all of them', ['SECCOMP_FILTER_FLAG_LOG', 'SECCOMP_FILTER_FLAG_SPEC_ALLOW', 'SECCOMP_FILTER_FLAG_TSYNC']],
  ])('%s', async (_, flags) => {
    expect((await statusInside(using(mkdir('SCMP_ACT_ERRNO', { flags }))))['Seccomp']).toBe('2');
  });
});

describe.runIf(can.tsrun)('compiled filters', () => {
  /** A cache of its own. */
  interface Place {
    readonly cache: string;
    files(): readonly string[];
    /** Runs `attempt` under a profile that denies it. */
    attempt(): Promise<string>;
  }

  function place(): Place {
    const cache = newDirectory();
    const bundle = makeBundle({ script: attempt, config: using(mkdir('SCMP_ACT_ERRNO', {}, 95)) });
    return {
      cache,
      files: () => readdirSync(`${cache}/tsrun`).map((name) => `${cache}/tsrun/${name}`),
      attempt: async () => succeed(await runtime(['run', '--bundle', bundle.directory, newId()], { env: { XDG_CACHE_HOME: cache } })),
    };
  }

  /** BPF_RET|BPF_K with SECCOMP_RET_ALLOW: recognizable as the test's, because nobody else would replace a filter with it. */
  const allowAll = Buffer.from([6, 0, 0, 0, 0, 0, 0xff, 0x7f]);

  /** A cache whose filter was replaced by one that allows everything, in a way that should not be trusted. */
  async function spoiled(spoil: (file: string) => void): Promise<string> {
    const one = place();
    expect(await one.attempt()).toMatch(/not supported/);
    const [file] = one.files();
    writeFileSync(file as string, allowAll);
    spoil(file as string);
    return one.attempt();
  }

  test('are reused by the second start', async () => {
    expect(await spoiled(() => undefined)).toBe('made');
  });

  test('are kept in a private directory, and not in the state root', async () => {
    const bundle = makeBundle({ script: attempt, config: using(mkdir('SCMP_ACT_ERRNO', {}, 95)) });
    const [root, cache] = [newPath(), newDirectory()];
    succeed(await runtime(['run', '--bundle', bundle.directory, newId()], { root, env: { XDG_CACHE_HOME: cache } }));
    expect(readdirSync(`${cache}/tsrun`)).toHaveLength(1);
    expect(statSync(`${cache}/tsrun`).mode & 0o777).toBe(0o700);
    expect(readdirSync(root)).toEqual([]);
  });

  test('are kept for the whole machine if the caller has no cache directory', async () => {
    const bundle = makeBundle({ script: attempt, config: using(mkdir('SCMP_ACT_ERRNO', {}, 95)) });
    const script = 'mount -t tmpfs tmpfs /var/cache && "$@" && ls /var/cache/tsrun | wc -l';
    const outcome = await runtime(['run', '--bundle', bundle.directory, newId()], {
      wrapper: ['unshare', '-m', '--propagation', 'private', 'env', '-u', 'XDG_CACHE_HOME', 'sh', '-c', script, 'sh'],
    });
    expect(succeed(outcome).split('\n').at(-1)).toBe('1');
  });

  test.each<[string, (file: string) => void]>([
    ['that others may write', (file) => chmodSync(file, 0o622)],
    ['of another owner', (file) => chownSync(file, 1000, 0)],
    [
      'behind a symlink',
      (file) => {
        renameSync(file, `${file}.away`);
        symlinkSync(`${file}.away`, file);
      },
    ],
    ['of a length that no filter has', (file) => truncateSync(file, 7)],
    ['that is empty', (file) => truncateSync(file, 0)],
    ['in a directory that others may write', (file) => chmodSync(file.slice(0, file.lastIndexOf('/')), 0o777)],
    ['in a directory of another owner', (file) => chownSync(file.slice(0, file.lastIndexOf('/')), 1000, 0)],
  ])('are not used if the file is %s', async (_, spoil) => {
    expect(await spoiled(spoil)).toMatch(/not supported/);
  });

  test('differ between profiles', async () => {
    const one = place();
    await one.attempt();
    const other = makeBundle({ script: attempt, config: using(mkdir('SCMP_ACT_ERRNO', {}, 28)) });
    expect(succeed(await runtime(['run', '--bundle', other.directory, newId()], { env: { XDG_CACHE_HOME: one.cache } }))).toMatch(
      /No space left/,
    );
    expect(one.files()).toHaveLength(2);
  });

  test('are complete even if several writers run at once', async () => {
    const one = place();
    const said = await Promise.all(Array.from({ length: 8 }, () => one.attempt()));
    expect(said.every((text) => /not supported/.test(text))).toBe(true);
    expect(one.files()).toHaveLength(1);
    expect(readFileSync(one.files()[0] as string).length % 8).toBe(0);
  });

  test('are limited in number', async () => {
    const one = place();
    await one.attempt();
    const [first] = one.files() as [string];
    for (let i = 0; i < 70; i++) copyFileSync(first, `${first.slice(0, -3)}${String(i).padStart(3, '0')}`);
    utimesSync(first, 0, 0);
    rmSync(first);
    await one.attempt();
    expect(one.files().length).toBeLessThan(65);
  });
});
