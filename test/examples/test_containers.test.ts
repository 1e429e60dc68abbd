import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { Runtime } from '../../src/library/index.js';
import { afterTest, expect, makeBundle, stateRoot, test } from '../oci/harness/index.js';
import { project, sourceOf } from './harness/example.js';

/** Runs vitest in a copy of the example. */
async function vitest(change: (source: string) => string = (source) => source) {
  const directory = `${project}.cache/examples/test-containers-${process.pid}`;
  mkdirSync(directory, { recursive: true });
  afterTest(() => rmSync(directory, { recursive: true }));
  for (const name of ['service.ts', 'service.test.ts']) writeFileSync(`${directory}/${name}`, change(sourceOf(`test-containers/${name}`)));
  // Otherwise vitest takes the configuration of the project.
  writeFileSync(`${directory}/vitest.config.ts`, 'export default {};\n');
  const { rootfs } = makeBundle();
  const { NO_COLOR: _, FORCE_COLOR: __, ...environment } = process.env;
  return await promisify(execFile)(`${project}node_modules/.bin/vitest`, ['run', '--root', directory, '--reporter', 'json'], {
    cwd: project,
    env: { ...environment, ROOTFS: rootfs },
  }).catch((error: unknown) => error as { stdout: string; stderr: string });
}

const ids = (): readonly string[] => new Runtime({ root: stateRoot }).list().map(({ id }) => id);

test('the tests of the example pass, and their service is removed', async () => {
  const { stdout } = await vitest();
  expect(JSON.parse(stdout)).toMatchObject({ numPassedTests: 2, numFailedTests: 0, success: true });
  expect(ids()).toEqual([]);
});

test('a service that does not start fails the tests with what it wrote, and is removed', async () => {
  const { stdout } = await vitest((source) => source.replace("'busybox', 'httpd'", "'ls', '--no-such-option'"));
  expect(JSON.parse(stdout)).toMatchObject({ numPassedTests: 0, success: false });
  expect(stdout).toContain('the service has ended with code 1: ');
  expect(stdout).toContain('no-such-option');
  expect(ids()).toEqual([]);
});
