import { existsSync, writeFileSync } from 'node:fs';
import {
  describe,
  expect,
  fail,
  makeBundle,
  newDirectory,
  newId,
  runtime,
  startRuntime,
  succeed,
  test,
  until,
  type Outcome,
} from '../harness/index.js';

/**
 * Until pivot_root(2), the process of a container that is being created sees the host's files. An exec that joined its mount namespace then
 * would run its program with the host's root.
 */
describe('exec in a container that is being created', () => {
  test.each([
    ['createRuntime', 'container is being created'],
    ['createContainer', 'its creation is in progress'],
  ] as const)('is refused while a %s hook runs', async (hook, reason) => {
    const id = newId();
    const directory = newDirectory();
    const script = `touch ${directory}/begun; until [ -e ${directory}/go ]; do sleep 0.05; done`;
    const bundle = makeBundle({
      config: (config) => (config.hooks = { [hook]: [{ path: '/bin/sh', args: ['sh', '-c', script], timeout: 60 }] }),
    });
    const creation = startRuntime(['create', '--bundle', bundle.directory, id]);
    await until('the hook', () => existsSync(`${directory}/begun`));
    expect(fail(await runtime(['exec', id, '/bin/true']), 255)).toContain(reason);
    writeFileSync(`${directory}/go`, '');
    succeed(await creation.done);
    succeed(await runtime(['delete', '--force', id]));
  });

  test('never runs a program in the root of the host, whenever it comes', async () => {
    const bundle = makeBundle({
      config: (config) =>
        config.mounts?.push(
          ...Array.from({ length: 200 }, (_, index) => ({
            destination: `/m/${String(index)}`,
            type: 'tmpfs',
            source: 'tmpfs',
            options: ['size=4k'],
          })),
        ),
    });
    const onHost = `${bundle.directory}/config.json`;
    const outcomes: Outcome[] = [];
    for (let round = 0; round < 5; round++) {
      const id = newId();
      let ended = false;
      const creation = startRuntime(['create', '--bundle', bundle.directory, id]).done.finally(() => (ended = true));
      while (!ended) outcomes.push(await runtime(['exec', id, '/bin/ls', onHost]));
      outcomes.push(await runtime(['exec', id, '/bin/ls', onHost]));
      succeed(await creation);
      succeed(await runtime(['delete', '--force', id]));
    }
    for (const { code, stdout } of outcomes) {
      expect(stdout).not.toContain(onHost);
      expect(code).not.toBe(0);
    }
    // The last exec of each round ran in the container.
    expect(outcomes.filter(({ stderr }) => stderr.includes('ls:')).length).toBeGreaterThanOrEqual(5);
  });
});
