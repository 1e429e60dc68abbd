import { existsSync } from 'node:fs';
import { can, describe, expect, fail, makeBundle, run, runtime, succeed, test, type Config } from '../harness/index.js';

/** Runs the runtime after a shell script, in new namespaces of its own: the host is not changed. */
function after(script: string, flags: readonly string[]): readonly string[] {
  return ['unshare', ...flags, 'sh', '-e', '-c', `${script}; exec "$@"`, 'sh'];
}

/** Covers a part of /proc, as engines do. */
const maskedProc = after('mount -t tmpfs -o ro none /proc/fs', ['--mount']);

function mapped(config: Config): void {
  config.linux.namespaces.push({ type: 'user' });
  config.linux.uidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
  config.linux.gidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
}

const bundle = (config: (config: Config) => void) => makeBundle({ script: 'echo alive', config, owner: 100_000 });

describe.runIf(can.tsrun)('inside another container', () => {
  test('a new procfs in a user namespace below a masked /proc is refused with the reason', async () => {
    const error = fail(await run(bundle(mapped), { wrapper: maskedProc }));
    expect(error).toContain('mount "proc" on "/proc"');
    expect(error).toContain('partly masked');
  });

  test('a recursive bind of a masked /proc works in a user namespace', async () => {
    const bound = bundle((config) => {
      mapped(config);
      config.mounts = config.mounts.map((mount) =>
        mount.destination === '/proc' ? { destination: '/proc', type: 'bind', source: '/proc', options: ['rbind'] } : mount,
      );
    });
    expect(succeed(await run(bound, { wrapper: maskedProc }))).toBe('alive');
  });

  test('a reached limit of user namespaces is named, and not a full disk', async () => {
    const wrapper = after('echo 0 > /proc/sys/user/max_user_namespaces', ['--user', '--map-root-user']);
    const error = fail(await run(bundle(mapped), { wrapper }));
    expect(error).toContain('sysctl user.max_user_namespaces=');
    expect(error).not.toContain('free space');
  });

  // Linux 6.3, and of a pid namespace of its own since 6.6 (kernel/pid_sysctl.h).
  test.runIf(existsSync('/proc/sys/vm/memfd_noexec'))('where no memfd may be executed, a container runs', async () => {
    const wrapper = after('echo 2 >/proc/sys/vm/memfd_noexec', ['--pid', '--fork', '--mount-proc']);
    expect(succeed(await run(bundle(mapped), { wrapper }))).toBe('alive');
    expect(succeed(await runtime(['check', '--host'], { wrapper }))).toContain('from an overlay (vm.memfd_noexec is 2)');
  });
});
