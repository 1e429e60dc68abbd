import {
  buildah,
  describe,
  exit,
  expect,
  fileOf,
  from,
  newDirectory,
  program,
  runInside,
  runtimePath,
  startBuildah,
  succeed,
  test,
  theMachine,
  until,
  type BuildahOptions,
} from '../harness/buildah.js';
import type { Outcome } from '../../oci/harness/runtime.js';

const run = (id: string, line: readonly string[], flags: readonly string[] = [], options: BuildahOptions = {}): Promise<Outcome> =>
  buildah(['run', '--network=none', ...flags, id, ...line], options);

describe('buildah run', () => {
  test('changes the working container, and commit makes an image of it', async () => {
    const id = await from();
    await succeed(run(id, ['sh', '-c', 'echo made by a container > /made; rm /etc/plain']));
    expect(await succeed(run(id, ['cat', '/made']))).toBe('made by a container');
    await succeed(buildah(['config', '--env', 'COLOUR=blue', '--workingdir', '/home', id]));
    await succeed(buildah(['commit', id, 'committed']));
    expect(await fileOf('committed', '/made')).toBe('made by a container');
    const next = await succeed(buildah(['from', '--pull-never', 'committed']));
    expect(await succeed(run(next, ['sh', '-c', 'echo $COLOUR; pwd; ls /etc/plain 2> /dev/null || echo gone']))).toBe('blue\n/home\ngone');
  });

  test('gives the process its user, directory, volume, capabilities and only its own descriptors', async () => {
    const id = await from();
    const volume = newDirectory();
    const script = 'id -u; pwd; echo written > /volume/file; cd /proc/self/fd; echo *; grep CapBnd /proc/self/status';
    const flags = ['--user=0:0', '--workingdir=/tmp', `--volume=${volume}:/volume`, '--cap-drop=CAP_CHOWN', '--cap-add=CAP_SYS_TIME'];
    const { stdout } = await exit(run(id, ['sh', '-c', script], flags), 0);
    // The shell opens the directory to expand the pattern.
    const [bounding = '', ...rest] = stdout.trim().split('\n').reverse();
    expect(rest.reverse()).toEqual(['0', '/tmp', '0 1 2 3']);
    // CAP_CHOWN is 0, CAP_SYS_TIME 25.
    expect(parseInt(bounding.split(':')[1] ?? '', 16) & ((1 << 25) | 1)).toBe(1 << 25);
    expect(await succeed(run(id, ['cat', '/volume/file'], [`--volume=${volume}:/volume:ro`]))).toBe('written');
  });

  test('warns in one line of the ambient capabilities that Buildah asks for without making them inheritable', async () => {
    const { stderr } = await exit(run(await from(), ['true']), 0);
    expect(stderr.split('\n').filter((line) => line.includes('ambient')).length).toBeLessThanOrEqual(1);
  });

  test('ends with the exit code of the process', async () => {
    const { stderr } = await exit(run(await from(), ['sh', '-c', 'exit 7']), 7);
    expect(stderr).toContain('exit status 7');
  });

  test.each([
    ['nothere', 'exec: "nothere": executable file not found in $PATH'],
    ['/etc/plain', 'exec: "/etc/plain": permission denied'],
  ])('shows why %s cannot be executed', async (program, message) => {
    expect((await exit(run(await from(), [program]), 1)).stderr).toContain(message);
  });

  test('--terminal gives the process a terminal', async () => {
    const id = await from();
    const options = { before: [program('on_terminal'), '33', '77'] };
    // Buildah sets the size when it has the terminal, perhaps after the process has begun.
    const script = 'tty; until stty size 2> /dev/null | grep "33 77"; do sleep 0.05; done';
    expect(await succeed(run(id, ['sh', '-c', script], ['--terminal'], options))).toContain('/dev/pts/0\r\n33 77');
  });

  test('gives the container an address in the bridge network', async () => {
    const outcome = await exit(buildah(['run', await from(), 'sh', '-c', 'ip -4 -o address show eth0; nc -w 2 10.88.0.1 9 2>&1; true']), 0);
    // Nobody listens there, but the host answers.
    expect(outcome.stdout).toMatch(/eth0 .*inet 10\.88\.0\.\d+\/16[^]*Connection refused/);
  });

  test.each(['INT', 'TERM'] as const)('SIG%s ends the container and removes it', async (signal) => {
    const id = await from();
    const started = startBuildah(['run', '--network=none', id, 'sh', '-c', 'trap "" INT TERM; echo up; sleep 1000']);
    await until('the container runs', () => started.output().includes('up'));
    await succeed(runInside(['sh', '-c', `kill -${signal} $(pidof buildah)`]));
    expect((await started.done.catch((error: unknown) => ({ code: String(error) }))).code).not.toBe(0);
    await until('nothing is left', () => theMachine().leftovers().length === 0);
  });

  test('--runtime is used, whatever BUILDAH_RUNTIME says', async () => {
    const id = await from();
    const env = { BUILDAH_RUNTIME: '/nonexistent/runtime' };
    expect((await buildah(['run', '--network=none', id, 'true'], { env })).stderr).toContain('/nonexistent/runtime');
    expect(await succeed(buildah(['run', '--network=none', '--runtime', runtimePath, id, 'echo', 'ran'], { env }))).toBe('ran');
    // Only tsrun's own log has such entries.
    expect((await exit(run(id, ['true'], ['--runtime-flag=debug']), 0)).stderr).toMatch(/level=debug msg=.*buildah-buildah\d+/);
  });
});
