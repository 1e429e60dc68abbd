import { expect, test, vi } from 'vitest';
import type { Config } from '../../../../src/library/bundle/config/index.js';
import type { CheckRequest } from '../../../../src/library/requests.js';
import { configWith } from '../../machine/host.js';
import { libraryHost, refusal, untyped } from '../host.js';

vi.mock('node:net', () => import('../sockets.js'));

const config = JSON.parse(configWith()) as Config;
const pointers = (problems: readonly { readonly pointer: string }[]): readonly string[] => problems.map(({ pointer }) => pointer);

test('check finds nothing in a configuration from which a container can be created', async () => {
  const { runtime, left } = libraryHost();
  // The root file system is empty.
  expect(pointers(runtime.check({ bundle: '/bundle' }))).toEqual(['/process/args/0']);
  expect(await left()).toEqual([]);
});

test('check lists every problem of a file and of an object, the same', () => {
  const wrong = { ...config, process: { ...config.process, cwd: 'here', oomScoreAdj: 5000 } };
  const { runtime } = libraryHost({ files: { '/bundle/wrong.json': JSON.stringify(wrong) } });
  const ofObject = runtime.check({ bundle: '/bundle', config: untyped<Config>(wrong) });
  expect(pointers(ofObject)).toEqual(expect.arrayContaining(['/process/cwd', '/process/oomScoreAdj']));
  expect(runtime.check({ bundle: '/bundle', configFile: '/bundle/wrong.json' })).toEqual(ofObject);
});

test('check lists a limit without its controller', () => {
  const { runtime } = libraryHost();
  const limited = { ...config, linux: { ...config.linux, resources: { hugepageLimits: [{ pageSize: '2MB', limit: 0 }] } } };
  expect(pointers(runtime.check({ bundle: '/bundle', config: limited }))).toContain('/linux/resources/hugepageLimits/0');
});

test('check says that a file cannot be read, and refuses wrong arguments', async () => {
  const { runtime } = libraryHost();
  expect(runtime.check({ bundle: '/absent' })).toMatchObject([{ pointer: '', severity: 'error' }]);
  expect(await refusal(() => runtime.check({}))).toMatchObject({ code: 'usage', operation: 'check', path: 'bundle' });
  expect(await refusal(() => runtime.check(untyped<CheckRequest>({ bundle: 7 })))).toMatchObject({ code: 'usage', path: 'bundle' });
});
