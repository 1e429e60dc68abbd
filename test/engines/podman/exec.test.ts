import { describe, exit, expect, podman, program, running, succeed, test } from '../harness/podman.js';

const exec = (id: string, flags: readonly string[], args: readonly string[], options = {}) =>
  podman(['exec', ...flags, id, ...args], options);

describe('podman exec', () => {
  test.each([0, 4])('exits with the exit code %i of the program', async (code) => {
    await exit(exec(await running(), [], ['sh', '-c', `exit ${code}`]), code);
  });

  test('exits with 127 if the program does not exist', async () => {
    const { stderr } = await exit(exec(await running(), [], ['no-such-program']), 127);
    expect(stderr).toMatch(/executable file .*not found/i);
  });

  test('exits with 126 if the program is not executable', async () => {
    await exit(exec(await running(), [], ['/etc/plain']), 126);
  });

  test('enters the namespaces of the container', async () => {
    const id = await running();
    const kinds = ['mnt', 'pid', 'net', 'ipc', 'uts', 'cgroup'];
    const script = `for kind in ${kinds.join(' ')}; do [ $(readlink /proc/1/ns/$kind) = $(readlink /proc/self/ns/$kind) ] && echo $kind; done`;
    expect((await succeed(exec(id, [], ['sh', '-c', script]))).split('\n')).toEqual(kinds);
  });

  test('enters the cgroup of the container', async () => {
    const id = await running();
    const text = await succeed(exec(id, [], ['sh', '-c', 'grep ^0:: /proc/1/cgroup; grep ^0:: /proc/self/cgroup']));
    expect(text).toBe('0::/\n0::/');
  });

  test("with -t gives the process a terminal of the caller's size", async () => {
    const options = { before: [program('on_terminal'), '31', '99'] };
    const script = 'tty; until stty size | grep "31 99"; do sleep 0.05; done';
    const text = await succeed(exec(await running(), ['-t'], ['sh', '-c', script], options));
    expect(text.split(/\r*\n/)).toEqual(['/dev/pts/0', '31 99']);
  });

  test('with -i passes standard input on', async () => {
    expect(await succeed(exec(await running(), ['-i'], ['cat'], { input: 'to the box' }))).toBe('to the box');
  });

  test('sets user, environment and working directory', async () => {
    const flags = ['--user=1000', '--env=COLOUR=blue', '--workdir=/tmp'];
    expect(await succeed(exec(await running(), flags, ['sh', '-c', 'echo $(id -u) $(id -g) $COLOUR $(pwd)']))).toBe('1000 1000 blue /tmp');
  });

  test('has the environment of the container', async () => {
    const id = await running(undefined, ['--env=SHAPE=round']);
    expect(await succeed(exec(id, [], ['sh', '-c', 'echo $SHAPE']))).toBe('round');
  });

  test('has the capabilities and the seccomp filter of the container', async () => {
    const id = await running(undefined, ['--cap-drop=all', '--cap-add=chown']);
    const text = await succeed(exec(id, [], ['sh', '-c', 'grep -E "^(CapEff|CapBnd|Seccomp):" /proc/self/status']));
    expect(text.split('\n')).toEqual(['CapEff:\t0000000000000001', 'CapBnd:\t0000000000000001', 'Seccomp:\t2']);
  });

  test('has all capabilities with --privileged', async () => {
    const text = await succeed(exec(await running(), ['--privileged'], ['grep', '^CapEff:', '/proc/self/status']));
    expect(BigInt(`0x${text.split('\t')[1]}`) & (1n << 21n), text).not.toBe(0n); // CAP_SYS_ADMIN
  });

  test('with -d runs in the background', async () => {
    const id = await running();
    await succeed(exec(id, ['-d'], ['sh', '-c', 'echo done > /tmp/mark']));
    await succeed(exec(id, [], ['sh', '-c', 'until [ -e /tmp/mark ]; do sleep 0.02; done']));
  });

  test('runs eight processes at once', async () => {
    const id = await running();
    const codes = await Promise.all(
      Array.from({ length: 8 }, (_, at) => exec(id, [], ['sh', '-c', `exit ${at}`]).then(({ code }) => code)),
    );
    expect(codes).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });
});
