import { writeFileSync } from 'node:fs';
import { makeRootfs } from '../../oci/harness/bundle.js';
import { describe, exit, expect, image, newDirectory, podman, program, run, startPodman, succeed, test } from '../harness/podman.js';

describe('podman run', () => {
  test.each([0, 3, 255])('exits with the exit code %i of the program', async (code) => {
    await exit(run(['sh', '-c', `exit ${code}`]), code);
  });

  test('exits with 128 + N if signal N killed the program', async () => {
    await exit(run(['sh', '-c', 'kill -KILL $$'], ['--init=false', '--pid=host']), 137);
  });

  test('exits with 127 if the program does not exist, and says so', async () => {
    const { stderr } = await exit(run(['no-such-program']), 127);
    expect(stderr).toMatch(/executable file .*not found/i);
  });

  test('exits with 127 if the path of the program does not exist', async () => {
    const { stderr } = await exit(run(['/no/such/program']), 127);
    expect(stderr).toMatch(/no such file or directory/i);
  });

  test('exits with 126 if the program is not executable', async () => {
    const { stderr } = await exit(run(['/etc/plain']), 126);
    expect(stderr).toMatch(/permission denied/i);
  });

  test('keeps standard output and standard error apart', async () => {
    const { stdout, stderr } = await exit(run(['sh', '-c', 'echo one; echo two >&2']), 0);
    expect([stdout, stderr]).toEqual(['one\n', 'two\n']);
  });

  test('with -i passes standard input on', async () => {
    expect(await succeed(run(['sh', '-c', 'read line; echo "<$line>"'], ['-i'], { input: 'to the box\n' }))).toBe('<to the box>');
  });

  test("with -t gives the container a terminal of the caller's size", async () => {
    const script = 'tty; until stty size | grep "33 111"; do sleep 0.05; done';
    const text = await succeed(run(['sh', '-c', script], ['-t'], { before: [program('on_terminal'), '33', '111'] }));
    expect(text.split(/\r*\n/)).toEqual(['/dev/pts/0', '33 111']);
  });

  test("resizes the terminal with the caller's", async () => {
    const script = 'trap "stty size; exit" WINCH; echo ready; while :; do sleep 0.05; done';
    const terminal = startPodman(['run', '--rm', '--network=none', '-it', image, 'sh', '-c', script], {
      before: ['sh', '-c', '(while :; do sleep 0.5; kill -USR1 $$; done) & exec "$@"', 'sh', program('on_terminal'), '20', '80'],
    });
    const { stdout } = await exit(terminal.done, 0);
    expect(stdout).toMatch(/2\d 8\d/);
  });

  test('sets user, environment, working directory and host name', async () => {
    const flags = ['--user=1000:1000', '--env=COLOUR=blue', '--workdir=/tmp', '--hostname=boxy'];
    const text = await succeed(run(['sh', '-c', 'echo $(id -u) $(id -g) $COLOUR $(pwd) $(hostname)'], flags));
    expect(text).toBe('1000 1000 blue /tmp boxy');
  });

  test('runs eight containers at once', async () => {
    const codes = await Promise.all(
      Array.from({ length: 8 }, (_, at) => run(['sh', '-c', `sleep 0.2; exit ${at}`]).then(({ code }) => code)),
    );
    expect(codes).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  test('forwards signals', async () => {
    const directory = newDirectory();
    const script = 'trap "exit 5" TERM; touch /data/ready; while :; do sleep 0.05; done';
    const killer = `"$@" & until [ -e ${directory}/ready ]; do sleep 0.05; done; kill -TERM $!; wait $!`;
    await exit(run(['sh', '-c', script], [`--volume=${directory}:/data`], { before: ['sh', '-c', killer, 'sh'] }), 5);
  });

  test('--preserve-fds passes file descriptors on', async () => {
    const text = await succeed(
      run(['sh', '-c', 'read line <&3; echo "$line"; ls /proc/self/fd'], ['--preserve-fds=1'], {
        before: ['sh', '-c', 'echo third | exec "$@" 3<&0 </dev/null', 'sh'],
      }),
    );
    // 4 is the directory that ls reads.
    expect(text.split('\n')).toEqual(['third', '0', '1', '2', '3', '4']);
  });

  test('leaks no file descriptor into the container', async () => {
    expect((await succeed(run(['ls', '/proc/self/fd']))).split('\n')).toEqual(['0', '1', '2', '3']);
  });

  test('--rootfs runs a directory of the caller as the root file system', async () => {
    const directory = newDirectory();
    makeRootfs(`${directory}/rootfs`);
    writeFileSync(`${directory}/rootfs/etc/mark`, 'from a directory\n');
    expect(await succeed(podman(['run', '--rm', '--network=none', '--rootfs', `${directory}/rootfs`, 'cat', '/etc/mark']))).toBe(
      'from a directory',
    );
  });
});
