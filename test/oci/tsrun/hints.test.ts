import { describe, expect, fail, makeBundle, run, test, type Config } from '../harness/index.js';

const refusing =
  (...names: readonly string[]) =>
  (config: Config): void => {
    config.linux['seccomp'] = {
      defaultAction: 'SCMP_ACT_ALLOW',
      architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_AARCH64'],
      syscalls: [{ names, action: 'SCMP_ACT_ERRNO', errnoRet: 1 }],
    };
    config.process.noNewPrivileges = false;
  };

describe('a hint', () => {
  test.each([
    ['setgroups', refusing('setgroups')],
    ['execve', refusing('execve')],
  ])('names the seccomp profile if it makes %s fail', async (_call, config) => {
    expect(fail(await run(makeBundle({ args: ['true'], config })))).toMatch(/hint: .*the seccomp profile blocks/);
  });

  test('names the limit of groups', async () => {
    const additionalGids = Array.from({ length: 65_537 }, (_none, index) => index + 1);
    expect(
      fail(await run(makeBundle({ args: ['true'], config: (config) => (config.process.user.additionalGids = additionalGids) }))),
    ).toMatch(/65,?536/);
  });
});
