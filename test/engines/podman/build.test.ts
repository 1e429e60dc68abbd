import { writeFileSync } from 'node:fs';
import { describe, expect, image, newDirectory, podman, succeed, test } from '../harness/podman.js';
import type { Outcome } from '../../oci/harness/runtime.js';

/** Builds the image `built` from the lines of a Containerfile. The runtime runs a container for every RUN step. */
function build(lines: readonly string[], flags: readonly string[] = []): Promise<Outcome> {
  const directory = newDirectory();
  writeFileSync(`${directory}/Containerfile`, [`FROM ${image}`, ...lines, ''].join('\n'));
  writeFileSync(`${directory}/copied`, 'from the context\n');
  return podman(['build', '--isolation=oci', '--network=none', '--tag=built', ...flags, directory], { timeout: 30_000 });
}

const inBuilt = (...args: readonly string[]): Promise<string> => succeed(podman(['run', '--rm', '--network=none', 'built', ...args]));

describe('podman build', () => {
  test('RUN steps change the image', async () => {
    await succeed(build(['RUN echo one > /steps', 'RUN echo two >> /steps && rm /etc/plain']));
    expect(await inBuilt('sh', '-c', 'cat /steps; ls /etc/plain 2> /dev/null || echo gone')).toBe('one\ntwo\ngone');
  });

  test('RUN has the user, the environment and the directory of earlier steps', async () => {
    await succeed(build(['ENV COLOUR=blue', 'WORKDIR /home', 'USER 1000', 'RUN echo "$(id -u) $COLOUR $(pwd)" > /tmp/seen']));
    expect(await inBuilt('cat', '/tmp/seen')).toBe('1000 blue /home');
  });

  test('COPY and RUN see the same files', async () => {
    await succeed(build(['COPY copied /copied', 'RUN tr a-z A-Z < /copied > /upper']));
    expect(await inBuilt('cat', '/upper')).toBe('FROM THE CONTEXT');
  });

  test('RUN shows the output of its program', async () => {
    expect(await succeed(build(['RUN echo out of the $(echo box)']))).toContain('out of the box');
  });

  test('a failing RUN step stops the build', async () => {
    const { code, stderr } = await build(['RUN exit 5', 'RUN echo never']);
    expect([code, stderr]).toEqual([5, expect.stringContaining('exit status 5')]);
  });

  test('RUN has no more rights than a container', async () => {
    const { stdout } = await build(['RUN mount -t tmpfs none /mnt 2> /dev/null || echo denied']);
    expect(stdout).toContain('denied');
  });

  test('a cache mount of one RUN step keeps its files for the next', async () => {
    const mount = '--mount=type=cache,target=/cache';
    await succeed(build([`RUN ${mount} echo cached > /cache/file`, `RUN ${mount} cp /cache/file /result`]));
    expect(await inBuilt('cat', '/result')).toBe('cached');
  });
});
