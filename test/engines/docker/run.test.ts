/** The rows of `docker run`: what a container is given, and the exit codes of it and of the runtime. */
import { readFileSync, writeFileSync } from 'node:fs';
import {
  describe,
  docker,
  exit,
  expect,
  image,
  inspect,
  newPath,
  program,
  run,
  running,
  startDocker,
  succeed,
  test,
  theMachine,
  until,
} from '../harness/docker.js';

const inside = (script: string, ...flags: readonly string[]): Promise<string> => succeed(run(['sh', '-c', script], flags));
const status = (field: string): string => `grep ^${field}: /proc/self/status | cut -f 2`;

describe('exit codes', () => {
  test('of the program', async () => {
    await exit(run(['sh', '-c', 'exit 42']), 42);
  });

  test('127: no such program', async () => {
    expect((await exit(run(['no-such-program']), 127)).stderr).toContain('executable file not found');
  });

  test('126: no program', async () => {
    expect((await exit(run(['/etc/plain']), 126)).stderr).toContain('permission denied');
  });

  test('125: a flag that does not exist', async () => {
    await exit(run(['true'], ['--no-such-flag']), 125);
  });

  test('137: killed', async () => {
    await exit(run(['sh', '-c', 'kill -KILL $$; sleep 9'], ['--init']), 137);
  });
});

describe('docker run', () => {
  test('-i: input', async () => {
    expect(await succeed(run(['cat'], ['--interactive'], { input: 'typed\n' }))).toBe('typed');
  });

  test('-i -t: a terminal', async () => {
    const line = run(['sh', '-c', 'tty; stty size'], ['--interactive', '--tty'], { before: [program('on_terminal'), '40', '100'] });
    expect((await succeed(line)).replaceAll('\r', '')).toMatch(/^\/dev\/pts\/0\n/);
  });

  test('--read-only, --tmpfs', async () => {
    expect(
      await inside('touch /x 2> /dev/null || echo read-only; touch /scratch/x && echo written', '--read-only', '--tmpfs=/scratch'),
    ).toBe('read-only\nwritten');
  });

  test('--cap-drop, --cap-add', async () => {
    expect(await inside(status('CapEff'), '--cap-drop=ALL')).toBe('0000000000000000');
    expect(await inside(status('CapEff'), '--cap-drop=ALL', '--cap-add=NET_ADMIN')).toBe('0000000000001000');
  });

  test('--security-opt seccomp=', async () => {
    const profile = `${newPath()}.json`;
    const denied = { names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO', errnoRet: 38 };
    writeFileSync(profile, JSON.stringify({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: [denied] }));
    expect(await inside('mkdir /new 2>&1 || true', `--security-opt=seccomp=${profile}`)).toContain('Function not implemented');
    expect(await inside(status('Seccomp'), '--security-opt=seccomp=unconfined')).toBe('0');
    expect(await inside(status('Seccomp'))).toBe('2');
  });

  test('--security-opt no-new-privileges', async () => {
    expect(await inside(status('NoNewPrivs'), '--security-opt=no-new-privileges')).toBe('1');
  });

  test('--init', async () => {
    expect(await inside('cat /proc/1/comm', '--init')).toMatch(/docker-init|tini/);
  });

  test('--pid, --ipc, --network, --uts host', async () => {
    const namespaces = ['pid', 'ipc', 'net', 'uts'];
    const links = `for one in ${namespaces.join(' ')}; do readlink /proc/self/ns/$one; done`;
    const host = await succeed(docker(['version'], { before: ['sh', '-c', `${links}; exit`] }));
    expect(await inside(links, '--pid=host', '--ipc=host', '--network=host', '--uts=host')).toBe(host);
    const own = (await inside(links)).split('\n');
    expect(own.filter((one) => host.includes(one))).toEqual([]);
  });

  test('--pid container:ID', async () => {
    const id = await running(['sleep', '1234']);
    expect(await inside('cat /proc/1/cmdline', `--pid=container:${id}`)).toContain('1234');
  });

  test('--privileged', async () => {
    expect(await inside(`mount -t tmpfs none /tmp && echo mounted; ${status('Seccomp')}`, '--privileged')).toBe('mounted\n0');
  });

  test('--device', async () => {
    expect(await inside('ls -l /dev/one | cut -c 1; head -c 3 /dev/one | wc -c', '--device=/dev/zero:/dev/one:r')).toBe('c\n3');
  });

  test('--ulimit', async () => {
    expect(await inside('ulimit -n; ulimit -Hn', '--ulimit=nofile=100:200')).toBe('100\n200');
  });

  test('--sysctl', async () => {
    expect(await inside('cat /proc/sys/net/ipv4/ip_forward', '--sysctl=net.ipv4.ip_forward=1')).toBe('1');
  });

  test('--user, --group-add, --workdir, --env, --hostname', async () => {
    const flags = ['--user=1000:1001', '--group-add=7', '--workdir=/tmp', '--env=COLOUR=blue', '--hostname=box'];
    expect(await inside('id -u; id -G; pwd; echo $COLOUR; hostname', ...flags)).toBe('1000\n1001 7\n/tmp\nblue\nbox');
  });

  test('--cgroupns private', async () => {
    expect(await inside('cut -d : -f 3 /proc/self/cgroup | tail -n 1', '--cgroupns=private')).toBe('/');
  });

  test('--oom-score-adj', async () => {
    expect(await inside('cat /proc/self/oom_score_adj', '--oom-score-adj=500')).toBe('500');
  });

  test('--shm-size', async () => {
    expect(await inside('df -k /dev/shm | tail -n 1 | awk "{print \\$2}"', '--shm-size=8m')).toBe('8192');
  });

  test('--cidfile, --label, --name', async () => {
    const file = newPath();
    const started = startDocker([
      'run',
      '--rm',
      '--network=none',
      `--cidfile=${file}`,
      '--label=a=b',
      '--name=named',
      image,
      'sleep',
      '1000',
    ]);
    started.done.catch(() => undefined);
    const id = await until('it runs', async () => {
      const found = await docker(['ps', '--quiet', '--no-trunc', '--filter=label=a=b']);
      return found.stdout.trim() || undefined;
    });
    expect(readFileSync(`${theMachine().root}${file}`, 'utf8')).toBe(id);
    expect(await inspect('named', '{{.Id}} {{.HostConfig.Runtime}}')).toBe(`${id} tsrun`);
    await succeed(docker(['kill', 'named']));
    await exit(started.done, 137);
  });
});
