/** The rows about images: a registry, builds, commit. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll } from 'vitest';
import {
  buildCalls,
  describe,
  docker,
  expect,
  image,
  newDirectory,
  newPath,
  running,
  runInside,
  startInside,
  succeed,
  test,
  theMachine,
  until,
} from '../harness/docker.js';
import type { Started } from '../../oci/harness/runtime.js';

const registry = '127.0.0.1:5000';
let server: Started | null = null;

beforeAll(async () => {
  const file = `${newPath()}.yml`;
  writeFileSync(
    file,
    `version: 0.1\nstorage: { filesystem: { rootdirectory: /var/lib/registry }, delete: { enabled: true } }\nhttp: { addr: "${registry}" }\n`,
  );
  mkdirSync(`${theMachine().root}/var/lib/registry`);
  server = startInside(['docker-registry', 'serve', file], { timeout: 600_000 });
  server.done.catch(() => undefined);
  await until('the registry answers', async () => (await runInside(['curl', '--silent', '--fail', `http://${registry}/v2/`])).code === 0);
});
afterAll(() => server?.child.kill('SIGKILL'));

const pushed = `${registry}/box:two`;
const images = (): Promise<string> => succeed(docker(['images', '--format={{.Repository}}:{{.Tag}}']));
const run = (name: string, ...args: readonly string[]): Promise<string> =>
  succeed(docker(['run', '--rm', '--network=none', name, ...args]));

describe('a registry', () => {
  test('tag, push, rmi, pull, run', async () => {
    await succeed(docker(['tag', image, pushed]));
    await succeed(docker(['push', '--quiet', pushed]));
    await succeed(docker(['rmi', pushed]));
    expect(await images()).not.toContain(pushed);
    expect(await succeed(docker(['pull', '--quiet', pushed]))).toBe(pushed);
    expect(await run(pushed, 'echo', 'pulled')).toBe('pulled');
    await succeed(docker(['rmi', pushed]));
  });

  test('the image of a container is not removed', async () => {
    await succeed(docker(['tag', image, 'used']));
    const id = await succeed(docker(['create', '--network=none', 'used', 'true']));
    expect((await docker(['rmi', await succeed(docker(['images', '--quiet', 'used']))])).stderr).toMatch(/conflict|must be forced/);
    await succeed(docker(['rm', id]));
    await succeed(docker(['rmi', 'used']));
  });

  test('save, load', async () => {
    const file = newPath();
    await succeed(docker(['tag', image, 'saved']));
    await succeed(docker(['save', '--output', file, 'saved']));
    await succeed(docker(['rmi', 'saved']));
    expect(await succeed(docker(['load', '--input', file]))).toContain('saved:latest');
    await succeed(docker(['rmi', 'saved']));
  });
});

test('commit: the state of a container becomes an image', async () => {
  const id = await running();
  await succeed(docker(['exec', id, 'sh', '-c', 'echo changed > /state']));
  await succeed(docker(['commit', '--change=CMD ["cat", "/state"]', id, 'committed']));
  expect(await run('committed')).toBe('changed');
  await succeed(docker(['rmi', 'committed']));
});

const lines = (step: string): string => `
FROM ${image} AS first
RUN echo made > /made
FROM ${image}
ENV COLOUR=blue
COPY --from=first /made /made
COPY copied /copied
ADD copied /added
WORKDIR /work
RUN echo "$COLOUR $(pwd)" > /seen && cat /proc/sys/kernel/random/uuid > /first
RUN echo ${step} > /step && cat /proc/sys/kernel/random/uuid > /second
EXPOSE 80
VOLUME /data
RUN chmod 777 /work
USER 1000
RUN id -u > /work/id
ENTRYPOINT ["sh", "-c"]
CMD ["cat /made /copied /added /seen /work/id; pwd; echo $COLOUR"]
`;

async function build(text: string, buildkit = '1', directory = newDirectory()): ReturnType<typeof docker> {
  writeFileSync(`${directory}/Dockerfile`, text);
  writeFileSync(`${directory}/copied`, 'copied\n');
  return docker(['build', '--tag=built', '--network=none', directory], { env: { DOCKER_BUILDKIT: buildkit }, timeout: 60_000 });
}

describe('a build', () => {
  test('has every instruction, and a second one executes only what changed', async () => {
    const directory = newDirectory();
    const calls = (): number => readFileSync(theMachine().root + buildCalls, 'utf8').match(/ run /g)?.length ?? 0;
    await succeed(build(lines('one'), '1', directory));
    // BuildKit runs the five steps with tsrun.
    expect(calls()).toBe(5);
    expect(await run('built')).toBe('made\ncopied\ncopied\nblue /work\n1000\n/work\nblue');
    const made = async (): Promise<readonly string[]> => (await run('built', 'cat /first /second')).split('\n');
    const before = await made();
    await succeed(build(lines('one'), '1', directory));
    expect([calls(), await made()]).toEqual([5, before]);
    await succeed(build(lines('two'), '1', directory));
    const after = await made();
    expect([calls(), after[0] === before[0], after[1] === before[1]]).toEqual([8, true, false]);
    await succeed(docker(['rmi', '--force', 'built']));
  });

  test.each([
    ['BuildKit', '1'],
    ['the older builder', '0'],
  ])('by %s ends at a step that fails', async (_name, buildkit) => {
    const { code, stderr, stdout } = await build(`FROM ${image}\nRUN echo of the $(echo step)\nRUN exit 5\n`, buildkit);
    expect([code === 0, stdout + stderr]).toEqual([false, expect.stringMatching(/of the step[^]*(exit code: 5|non-zero code: 5)/)]);
  });
});
