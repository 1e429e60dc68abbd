import { chmodSync, copyFileSync, writeFileSync } from 'node:fs';
import {
  can,
  created,
  describe,
  exec,
  execInside,
  expect,
  fail,
  inside,
  makeBundle,
  program,
  refused,
  run,
  running,
  runtime,
  stateOf,
  statusInside,
  succeed,
  test,
  untilStatus,
  withoutNamespace,
  type Bundle,
  type Config,
} from '../harness/index.js';

interface Rule {
  names: string[];
  action: string;
  errnoRet?: number;
  args?: { index: number; value: number; valueTwo?: number; op: string }[];
}

const profile =
  (defaultAction: string, rules: Rule[], more: Record<string, unknown> = {}) =>
  (config: Config) => {
    config.linux['seccomp'] = { defaultAction, architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_AARCH64'], syscalls: rules, ...more };
  };

const mkdirs: string[] = ['mkdir', 'mkdirat'];

/** Errno 95, with which mkdir(2) itself never fails. */
const EOPNOTSUPP = 95;
const attempt = 'mkdir /dev/shm/x 2>&1 && echo made || true';

describe.runIf(can.tsrun)('a seccomp profile that refuses exit_group and exit', () => {
  const refusing = ({ linux, process }: Config): void => {
    process.noNewPrivileges = true;
    linux.seccomp = {
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [{ names: ['exit_group', 'exit'], action: 'SCMP_ACT_ERRNO', errnoRet: 1 }],
    };
  };
  /** A program that the kernel does not execute, so that the init of the runtime has to end itself. */
  function junk(args: readonly string[] = ['/bin/junk']): Bundle {
    const bundle = makeBundle({ args, config: refusing });
    writeFileSync(`${bundle.rootfs}/bin/junk`, 'junk');
    chmodSync(`${bundle.rootfs}/bin/junk`, 0o755);
    return bundle;
  }

  test('lets a failed run end', async () => {
    expect(fail(await run(junk()))).toMatch(/exec format error/);
  });

  test('lets a failed start end, after which the container is stopped', async () => {
    const { id } = await created({ bundle: junk() });
    expect((await runtime(['start', id])).code).not.toBe(0);
    await untilStatus(id, 'stopped');
  });

  test.each([[[]], [['--detach']]])('lets a failed exec %j end', async (flags) => {
    const { id } = await running({ bundle: junk(['sleep', '1000']) });
    expect((await exec(id, ['/bin/junk'], flags)).code).not.toBe(0);
    const { pid } = await stateOf(id);
    expect(JSON.parse(succeed(await runtime(['ps', '--format', 'json', id])))).toEqual([pid]);
  });
});

describe('a seccomp profile', () => {
  test('can make a system call fail', async () => {
    expect(await inside(attempt, profile('SCMP_ACT_ALLOW', [{ names: mkdirs, action: 'SCMP_ACT_ERRNO', errnoRet: EOPNOTSUPP }]))).toMatch(
      /not supported/,
    );
  });

  test.runIf(can.runcCommand)('uses EPERM if no errno is given', async () => {
    expect(await inside(attempt, profile('SCMP_ACT_ALLOW', [{ names: mkdirs, action: 'SCMP_ACT_ERRNO' }]))).toMatch(/not permitted/);
  });

  test('can make every call fail that it does not name', async () => {
    const bundle = makeBundle({
      args: ['/newest'],
      config: profile(
        'SCMP_ACT_ERRNO',
        [
          { names: everything, action: 'SCMP_ACT_ALLOW' },
          { names: ['getpgid'], action: 'SCMP_ACT_ALLOW' },
        ],
        { defaultErrnoRet: 38 },
      ),
    });
    copyFileSync(program('newest_call'), `${bundle.rootfs}/newest`);
    expect((await run(bundle)).stdout).toBe('ENOSYS\n');
  });

  test('can kill the caller of a system call', async () => {
    const bundle = makeBundle({
      script: 'mkdir /dev/shm/x; echo $?',
      config: profile('SCMP_ACT_ALLOW', [{ names: mkdirs, action: 'SCMP_ACT_KILL_PROCESS' }]),
    });
    expect((await run(bundle)).stdout.trim()).toBe(String(128 + 31));
  });

  test('ends the container if it kills its program', async () => {
    const config = (one: Config): void => {
      withoutNamespace(one, 'pid');
      profile('SCMP_ACT_ALLOW', [{ names: mkdirs, action: 'SCMP_ACT_KILL_PROCESS' }])(one);
    };
    expect((await run(makeBundle({ args: ['mkdir', '/dev/shm/x'], config }))).code).toBe(128 + 31);
  });

  test('can check the value of an argument', async () => {
    const config = profile('SCMP_ACT_ALLOW', [
      { names: ['setpriority'], action: 'SCMP_ACT_ERRNO', errnoRet: EOPNOTSUPP, args: [{ index: 2, value: 7, op: 'SCMP_CMP_EQ' }] },
    ]);
    expect(await inside('renice -n 7 $$ 2>&1; renice -n 8 $$ 2>&1 && echo allowed', config)).toMatch(/not supported[^]*allowed/);
  });

  test.each([
    ['SCMP_CMP_NE', 7, '8', '7'],
    ['SCMP_CMP_LT', 7, '6', '7'],
    ['SCMP_CMP_LE', 7, '7', '8'],
    ['SCMP_CMP_GE', 7, '7', '6'],
    ['SCMP_CMP_GT', 7, '8', '7'],
  ])('%s %i', async (op, value, hit, miss) => {
    const config = profile('SCMP_ACT_ALLOW', [
      { names: ['setpriority'], action: 'SCMP_ACT_ERRNO', errnoRet: EOPNOTSUPP, args: [{ index: 2, value, op }] },
    ]);
    expect(await inside(`renice -n ${miss} 1 2>&1 && echo allowed; renice -n $((${hit} - ${miss})) 1 2>&1; true`, config)).toMatch(
      /allowed[^]*not supported/,
    );
  });

  test('supports SCMP_CMP_MASKED_EQ', async () => {
    const config = profile('SCMP_ACT_ALLOW', [
      {
        names: ['setpriority'],
        action: 'SCMP_ACT_ERRNO',
        errnoRet: EOPNOTSUPP,
        args: [{ index: 2, value: 1, valueTwo: 1, op: 'SCMP_CMP_MASKED_EQ' }],
      },
    ]);
    expect(await inside('renice -n 4 1 2>&1 && echo allowed; renice -n 1 1 2>&1; true', config)).toMatch(/allowed[^]*not supported/);
  });

  test('may name unknown system calls, which are ignored', async () => {
    expect(await inside('echo ran', profile('SCMP_ACT_ALLOW', [{ names: ['luck', 'mkdir'], action: 'SCMP_ACT_ERRNO' }]))).toBe('ran');
  });

  test('is active and visible in /proc', async () => {
    expect((await statusInside(profile('SCMP_ACT_ALLOW', [{ names: mkdirs, action: 'SCMP_ACT_ERRNO' }])))['Seccomp']).toBe('2');
    expect((await statusInside())['Seccomp']).toBe('0');
  });

  test('works without no_new_privs', async () => {
    const config = (one: Config): void => {
      one.process.noNewPrivileges = false;
      profile('SCMP_ACT_ALLOW', [{ names: mkdirs, action: 'SCMP_ACT_ERRNO', errnoRet: EOPNOTSUPP }])(one);
    };
    expect(await inside(`${attempt}; grep NoNewPrivs /proc/self/status`, config)).toMatch(/not supported[^]*NoNewPrivs:\t0/);
  });

  test('applies to exec', async () => {
    const container = await running({
      config: profile('SCMP_ACT_ALLOW', [{ names: mkdirs, action: 'SCMP_ACT_ERRNO', errnoRet: EOPNOTSUPP }]),
    });
    expect(await execInside(container.id, attempt)).toMatch(/not supported/);
  });

  test.each(['SCMP_ACT_LUCK', ''])('with an unknown action "%s" is refused', async (action) => {
    await refused(profile('SCMP_ACT_ALLOW', [{ names: mkdirs, action }]));
  });

  test.runIf(can.runcCommand)('with an unknown operator is refused', async () => {
    await refused(
      profile('SCMP_ACT_ALLOW', [{ names: mkdirs, action: 'SCMP_ACT_ERRNO', args: [{ index: 0, value: 0, op: 'SCMP_CMP_LUCK' }] }]),
    );
  });

  test.runIf(can.runcCommand)('with an unknown architecture is refused', async () => {
    await refused(profile('SCMP_ACT_ALLOW', [{ names: mkdirs, action: 'SCMP_ACT_ERRNO' }], { architectures: ['SCMP_ARCH_LUCK'] }));
  });

  test.runIf(can.runcCommand)('makes calls newer than itself fail with ENOSYS, so that programs fall back', async () => {
    const bundle = makeBundle({
      args: ['/fallback'],
      config: profile('SCMP_ACT_ERRNO', [{ names: everything, action: 'SCMP_ACT_ALLOW' }]),
    });
    copyFileSync(program('newest_call'), `${bundle.rootfs}/fallback`);
    expect((await run(bundle)).stdout).toBe('ENOSYS\n');
  });
});

/** The calls that a static program and the runtimes' last steps need. */
const everything =
  'arch_prctl brk capget capset chdir clone clone3 close close_range dup dup2 dup3 epoll_ctl epoll_pwait execve exit exit_group faccessat faccessat2 fchdir fchown fcntl fstat fstatfs futex getcwd getdents64 getegid geteuid getgid getpid getppid getrandom gettid getuid ioctl lseek lstat madvise mmap mprotect munmap nanosleep newfstatat open openat openat2 pipe2 prctl pread64 prlimit64 read readlink readlinkat recvmsg rseq rt_sigaction rt_sigprocmask rt_sigreturn sched_getaffinity sched_yield seccomp sendmsg set_robust_list set_tid_address setgid setgroups setuid sigaltstack socket stat statfs statx tgkill umask uname unlinkat write writev'.split(
    ' ',
  );
