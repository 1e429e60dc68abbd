import { bud, describe, exit, expect, fileOf, runtimePath, succeed, test } from '../harness/buildah.js';

describe('buildah bud', () => {
  test('each RUN step sees what the steps in front of it made', async () => {
    const lines = [
      'RUN echo one > /steps',
      'COPY copied /copied',
      'RUN tr a-z A-Z < /copied >> /steps && rm /etc/plain',
      'ENV COLOUR=blue',
      'WORKDIR /tmp',
      'USER 1000',
      'RUN echo "$(id -u) $COLOUR $(pwd)" > seen',
      'RUN ls /etc/plain 2> /dev/null || cat /steps seen > /tmp/all',
    ];
    await succeed(bud(lines));
    expect(await fileOf('built', '/tmp/all')).toBe('one\nFROM THE CONTEXT\n1000 blue /tmp');
  });

  test('--layers runs only the steps from a change on', async () => {
    const first = 'RUN echo $((1000 + 1)) from the first step';
    const [before, after] = ['echo before', 'echo after'].map((line) => [first, `RUN ${line} the change`]);
    const flags = ['--layers'];
    expect(await succeed(bud(before as string[], flags))).toContain('1001 from the first step\n');
    const again = await succeed(bud(after as string[], flags));
    expect(again).toContain('after the change\n');
    expect(again).not.toContain('1001 from');
  });

  test('stops at a step that fails, with its exit code', async () => {
    const { stdout, stderr } = await exit(bud(['RUN exit 5', 'RUN echo $((1000 + 2))']), 5);
    expect(stderr).toContain('exit status 5');
    expect(stdout).not.toContain('1002');
  });

  test('a step has no rights over the host, and its own host name and processes', async () => {
    const { stdout } = await exit(
      bud(['RUN mount -t tmpfs none /mnt 2> /dev/null || echo denied; echo processes $(ls -d /proc/[0-9]* | wc -l)']),
      0,
    );
    expect(stdout).toContain('denied\n');
    expect(Number(/processes (\d+)/.exec(stdout)?.[1])).toBeLessThan(6);
  });

  test('a cache mount of one step keeps its files for the next', async () => {
    const mount = 'RUN --mount=type=cache,target=/cache';
    await succeed(bud([`${mount} echo cached > /cache/file`, `${mount} cp /cache/file /result`]));
    expect(await fileOf('built', '/result')).toBe('cached');
  });

  test('--isolation and --runtime are enough, without the environment', async () => {
    const lines = ['RUN echo isolated > /result'];
    const options = { env: { BUILDAH_ISOLATION: 'chroot', BUILDAH_RUNTIME: '' } };
    expect((await exit(bud(lines, ['--isolation=oci', '--runtime=/nonexistent/runtime'], options), 1)).stderr).toContain(
      '/nonexistent/runtime',
    );
    await succeed(bud(lines, ['--isolation=oci', '--runtime', runtimePath], options));
    expect(await fileOf('built', '/result')).toBe('isolated');
  });
});
