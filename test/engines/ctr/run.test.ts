import { readFileSync, readlinkSync } from 'node:fs';
import {
  can,
  describe,
  exit,
  expect,
  newDirectory,
  newPath,
  pidOf,
  program,
  run,
  running,
  succeed,
  test,
  theMachine,
} from '../harness/ctr.js';

const inside = (script: string, flags: readonly string[] = []) => succeed(run(['sh', '-c', script], flags));

describe('ctr run', () => {
  test.each([0, 3, 255])('exits with the exit code %i of the program', async (code) => {
    await exit(run(['sh', '-c', `exit ${code}`]), code);
  });

  test('reports a program that does not exist', async () => {
    const { stderr } = await exit(run(['no-such-program']), 1);
    expect(stderr).toMatch(/executable file .*not found/i);
  });

  test('reports a program that is not executable', async () => {
    const { stderr } = await exit(run(['/etc/plain']), 1);
    expect(stderr).toMatch(/permission denied/i);
  });

  test('keeps standard output and standard error apart', async () => {
    const { stdout, stderr } = await exit(run(['sh', '-c', 'echo one; echo two >&2']), 0);
    expect([stdout, stderr]).toEqual(['one\n', 'two\n']);
  });

  test('passes standard input on', async () => {
    expect(await succeed(run(['head', '-n', '1'], [], { input: 'to the box\n' }))).toBe('to the box');
  });

  test("with -t gives the container a terminal of the caller's size", async () => {
    const script = 'tty; until stty size 2> /dev/null | grep -q 33; do sleep 0.05; done; stty size';
    const text = await succeed(run(['sh', '-c', script], ['-t'], { before: [program('on_terminal'), '33', '111'] }));
    expect(text.split(/\r*\n/)).toEqual(['/dev/pts/0', '33 111']);
  });

  test('sets the environment and the working directory', async () => {
    expect(await inside('echo $COLOUR $(pwd)', ['--env=COLOUR=blue', '--cwd=/tmp'])).toBe('blue /tmp');
  });

  test('mounts directories of the host, writable and read-only', async () => {
    const [open, closed] = [newDirectory(), newDirectory()];
    const flags = [
      `--mount=type=bind,src=${open},dst=/open,options=rbind:rw`,
      `--mount=type=bind,src=${closed},dst=/closed,options=rbind:ro`,
    ];
    expect(await inside('echo written > /open/file; touch /closed/file 2> /dev/null || echo refused', flags)).toBe('refused');
    expect(readFileSync(`${open}/file`, 'utf8')).toBe('written\n');
  });

  test('--read-only makes the root file system read-only', async () => {
    expect(await inside('touch /new 2> /dev/null || echo refused', ['--read-only'])).toBe('refused');
  });

  // crun allows the mount.
  test.runIf(can.runcMounts)('refuses a mount over /proc and names it', async () => {
    const { stderr } = await exit(run(['true'], [`--mount=type=bind,src=${newDirectory()},dst=/proc/self,options=rbind`]), 1);
    expect(stderr).toContain('/proc/self');
  });

  test('--seccomp denies new user namespaces, which are allowed without it', async () => {
    const script = 'unshare -U true 2> /dev/null && echo allowed || echo denied';
    expect([await inside(script), await inside(script, ['--seccomp'])]).toEqual(['allowed', 'denied']);
  });

  test('--uidmap and --gidmap map the ids', async () => {
    const text = await inside('cat /proc/self/uid_map /proc/self/gid_map; id -u', ['--uidmap=0:100000:5000', '--gidmap=0:200000:5000']);
    expect(text.split(/\s+/).filter((word) => word !== '')).toEqual(['0', '100000', '5000', '0', '200000', '5000', '0']);
  });

  test('--privileged allows mounting', async () => {
    expect(await inside('mount -t tmpfs none /tmp && grep -c " /tmp tmpfs" /proc/mounts', ['--privileged'])).toBe('1');
  });

  test("--net-host gives the container the host's network", async () => {
    const names = await inside('readlink /proc/self/ns/net', ['--net-host']);
    expect(names).not.toBe(await inside('readlink /proc/self/ns/net'));
    expect(names).toBe(await inside('readlink /proc/self/ns/net', ['--net-host']));
  });

  test('--cap-drop and --cap-add change the capabilities', async () => {
    const both = (text: string): bigint => BigInt(`0x${text.split('\t')[1]}`);
    const plain = both(await inside('grep ^CapEff: /proc/self/status'));
    const changed = both(await inside('grep ^CapEff: /proc/self/status', ['--cap-drop=CAP_CHOWN', '--cap-add=CAP_SYS_ADMIN']));
    expect(changed).toBe((plain & ~1n) | (1n << 21n));
  });

  test('puts the container into a cgroup named after its namespace and its id', async () => {
    expect(await inside('grep ^0:: /proc/self/cgroup')).toMatch(/^0::\/(default\/box-\d+)?$/);
  });

  test('--with-ns joins the network namespace of another container', async () => {
    const pid = await pidOf(await running());
    const theirs = readlinkSync(`${theMachine().root}/proc/${pid}/ns/net`);
    expect(await inside('readlink /proc/self/ns/net', [`--with-ns=network:/proc/${pid}/ns/net`])).toBe(theirs);
  });

  test('--device adds a usable device', async () => {
    expect(await inside('dd if=/dev/full bs=4 count=1 2> /dev/null | wc -c', ['--device=/dev/full'])).toBe('4');
  });

  test('--allow-new-privs turns no_new_privs off', async () => {
    const grep = 'grep ^NoNewPrivs: /proc/self/status';
    expect([await inside(grep), await inside(grep, ['--allow-new-privs'])]).toEqual(['NoNewPrivs:\t1', 'NoNewPrivs:\t0']);
  });

  test("--pid-file contains the pid of the container's init", async () => {
    const file = newPath();
    const id = await running(undefined, [`--pid-file=${file}`]);
    expect(Number(readFileSync(file, 'utf8'))).toBe(await pidOf(id));
  });

  test('can reuse the name after a container could not be created', async () => {
    const { stderr } = await exit(run(['true'], ['--cwd=/etc/plain']), 1);
    expect(stderr).toMatch(/\/etc\/plain|cwd/);
  });

  test('leaks no file descriptor into the container', async () => {
    expect((await succeed(run(['ls', '/proc/self/fd']))).split('\n')).toEqual(['0', '1', '2', '3']);
  });

  test('runs eight containers at once', async () => {
    const codes = await Promise.all(
      Array.from({ length: 8 }, (_, at) => run(['sh', '-c', `sleep 0.2; exit ${at}`]).then(({ code }) => code)),
    );
    expect(codes).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });
});
