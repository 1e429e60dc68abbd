import { writeFileSync } from 'node:fs';
import { describe, expect, newPath, podman, run, running, succeed, test } from '../harness/podman.js';

const inside = (script: string, flags: readonly string[] = []) => succeed(run(['sh', '-c', script], flags));

describe('user namespaces under podman', () => {
  test('--uidmap and --gidmap map the ids', async () => {
    const flags = ['--uidmap=0:100000:5000', '--gidmap=0:200000:5000'];
    const text = await inside('cat /proc/self/uid_map /proc/self/gid_map; id -u', flags);
    expect(text.split('\n').map((line) => line.trim().split(/\s+/).join(' '))).toEqual(['0 100000 5000', '0 200000 5000', '0']);
  });

  test('the root file system belongs to the container’s root', async () => {
    expect(await inside('stat -c "%u:%g" / /etc/passwd; touch /new && stat -c "%u:%g" /new', ['--uidmap=0:100000:5000'])).toBe(
      '0:0\n0:0\n0:0',
    );
  });

  test('a user other than root has the mapped ids', async () => {
    const flags = ['--uidmap=0:100000:5000', '--gidmap=0:100000:5000', '--user=1000:1000'];
    expect(await inside('id -u; id -g; touch /tmp/mine && stat -c %u /tmp/mine', flags)).toBe('1000\n1000\n1000');
  });

  test('exec enters the user namespace', async () => {
    const id = await running(undefined, ['--uidmap=0:100000:5000']);
    const text = await succeed(podman(['exec', id, 'sh', '-c', 'id -u; cat /proc/self/uid_map']));
    expect(text.split(/\s+/)).toEqual(['0', '0', '100000', '5000']);
  });

  test("a terminal belongs to the container's root", async () => {
    expect(await inside('stat -c "%u %g" $(tty)', ['-t', '--uidmap=0:100000:5000'])).toMatch(/^0 \d+/);
  });
});

describe('seccomp under podman', () => {
  // A plain file is not swap space. The profile denies swapoff(2) whatever the capabilities are.
  const swapoff = 'swapoff /etc/plain 2>&1 || true';

  test('the default profile denies calls that no container needs', async () => {
    expect(await inside(swapoff, ['--cap-add=sys_admin'])).toMatch(/operation not permitted/i);
  });

  test("without a profile the kernel's own answer is visible", async () => {
    expect(await inside(swapoff, ['--cap-add=sys_admin', '--security-opt=seccomp=unconfined'])).toMatch(/invalid argument/i);
  });

  test('the default profile depends on the capabilities', async () => {
    const hostname = 'hostname changed 2>&1; hostname';
    expect(await inside(hostname, ['--hostname=kept'])).toMatch(/not permitted\nkept$/);
    expect(await inside(hostname, ['--cap-add=sys_admin'])).toBe('changed');
  });

  test('a custom profile sets its own errno', async () => {
    const profile = newPath();
    // EXDEV is 18: no kernel's mkdir(2) fails with it.
    writeFileSync(
      profile,
      JSON.stringify({
        defaultAction: 'SCMP_ACT_ALLOW',
        syscalls: [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO', errnoRet: 18 }],
      }),
    );
    expect(await inside('mkdir /tmp/new 2>&1 || true', [`--security-opt=seccomp=${profile}`])).toMatch(/cross-device link/i);
  });

  test('the filter is active together with no_new_privs', async () => {
    const text = await inside('grep -E "^(Seccomp|NoNewPrivs):" /proc/self/status', ['--security-opt=no-new-privileges']);
    expect(text.split('\n').sort()).toEqual(['NoNewPrivs:\t1', 'Seccomp:\t2']);
  });
});

describe('privileges under podman', () => {
  test('--cap-drop=all leaves no capability', async () => {
    expect(
      await inside('grep -E "^Cap(Prm|Eff|Bnd):" /proc/self/status | grep -vc "\\s0000000000000000$" || true', ['--cap-drop=all']),
    ).toBe('0');
  });

  test('--cap-add adds a capability', async () => {
    expect(await inside('grep ^CapEff: /proc/self/status', ['--cap-drop=all', '--cap-add=net_raw'])).toBe('CapEff:\t0000000000002000');
  });

  test('a user other than root has no effective capability', async () => {
    expect(await inside('grep ^CapEff: /proc/self/status', ['--user=1000'])).toBe('CapEff:\t0000000000000000');
  });

  test('--privileged allows mounting', async () => {
    expect(await inside('mount -t tmpfs none /tmp && grep -c " /tmp tmpfs" /proc/mounts', ['--privileged'])).toBe('1');
  });

  test('without --privileged, mounting is denied and kernel information is masked', async () => {
    const text = await inside(
      'mount -t tmpfs none /tmp || echo denied; [ -s /proc/timer_list ] || echo empty; echo 1 2> /dev/null > /proc/sys/kernel/sysrq || echo read-only',
    );
    expect(text.split('\n')).toEqual(['denied', 'empty', 'read-only']);
  });

  test('only the default devices exist', async () => {
    expect(await inside('cd /dev; for name in *; do [ -c $name ] && [ ! -L $name ] && echo $name; done')).toBe(
      'full\nnull\nrandom\ntty\nurandom\nzero',
    );
  });

  test('--device adds a device', async () => {
    expect(
      await inside('stat -c "%F %t:%T" /dev/nothing && echo x > /dev/nothing && echo written', ['--device=/dev/null:/dev/nothing']),
    ).toBe('character special file 1:3\nwritten');
  });

  test('--ulimit and --sysctl take effect', async () => {
    expect(
      await inside('ulimit -n; cat /proc/sys/kernel/msgmax', [
        '--ulimit=nofile=100:100',
        '--ulimit=nproc=1000:1000',
        '--sysctl=kernel.msgmax=9000',
      ]),
    ).toBe('100\n9000');
  });

  test('--group-add and --umask take effect', async () => {
    expect(await inside('id -G; umask', ['--user=1000:1000', '--group-add=7', '--group-add=8', '--umask=0027'])).toBe('1000 7 8\n0027');
  });

  test('--security-opt=unmask shows masked paths', async () => {
    const mounts = 'grep -c " /proc/" /proc/self/mountinfo || true';
    expect(Number(await inside(mounts))).toBeGreaterThan(0);
    expect(await inside(mounts, ['--security-opt=unmask=ALL'])).toBe('0');
  });

  test('--oom-score-adj takes effect', async () => {
    expect(await inside('cat /proc/self/oom_score_adj', ['--oom-score-adj=500'])).toBe('500');
  });
});

describe('namespaces under podman', () => {
  const namespaces = 'for kind in mnt pid net ipc uts cgroup; do readlink /proc/self/ns/$kind; done';

  test('two containers share no namespace', async () => {
    const id = await running();
    const one = (await succeed(podman(['exec', id, 'sh', '-c', namespaces]))).split('\n');
    const other = (await inside(namespaces)).split('\n');
    expect(one).toHaveLength(6);
    expect(one.filter((name) => other.includes(name))).toEqual([]);
  });

  test.each(['pid', 'ipc', 'uts', 'network'])('--%s=container: joins the namespace of another container', async (kind) => {
    const id = await running();
    const name = kind === 'network' ? 'net' : kind;
    const theirs = await succeed(podman(['exec', id, 'readlink', `/proc/self/ns/${name}`]));
    expect(await inside(`readlink /proc/self/ns/${name}`, [`--${kind}=container:${id}`])).toBe(theirs);
  });

  test('--cgroupns=host shows the path of the cgroup', async () => {
    expect(await inside('grep ^0:: /proc/self/cgroup', ['--cgroupns=host'])).toMatch(/^0::\/libpod_parent\/libpod-[0-9a-f]{64}$/);
  });

  test("--pid=host shows the host's processes", async () => {
    expect(await inside('tr "\\0" " " < /proc/1/cmdline', ['--pid=host'])).toBe('cat ');
  });
});
