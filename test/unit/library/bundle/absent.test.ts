import { expect, test, vi } from 'vitest';
import type { RuntimeOptions } from '../../../../src/library/requests.js';
import { Runtime } from '../../../../src/library/runtime/runtime.js';
import type { RunRequest } from '../../../../src/library/run.js';
import { libraryHost, untyped } from '../host.js';

vi.mock('node:net', () => import('../sockets.js'));

/** An object with these members, each undefined. */
const absent = <T>(...names: readonly string[]): T => untyped<T>(Object.fromEntries(names.map((name) => [name, undefined])));

const ofFiles = ['stdio', 'signal', 'preserveFds', 'listenFds'];
const ofSource = ['config', 'layers', 'configFile', 'overlay'];

test('members that are undefined are absent in every request', async () => {
  const { create, machine } = libraryHost();
  expect(machine.inits).toEqual([]);
  const runtime = new Runtime(absent<RuntimeOptions>('root', 'allowAnnotations', 'systemdCgroup', 'onWarning'));
  const container = await create(absent(...ofFiles.slice(1), ...ofSource, 'consoleSocket', 'noPivot', 'noNewKeyring'));
  await container.start();
  const members = ['env', 'cwd', 'user', 'additionalGids', 'capabilities', 'noNewPrivileges', 'apparmorProfile', 'processLabel', 'cgroup'];
  const process = await container.exec(['true'], { stdio: 'ignore', ...absent<object>(...members, 'signal', 'preserveFds', 'listenFds') });
  expect(process.pid).toBeGreaterThan(0);
  await container.kill(undefined, absent('all'));
  await container.delete({ ...absent<object>('force'), force: true });
  expect(await runtime.prune(absent('stopped'))).toEqual([]);
  const pool = await runtime.prewarm({ count: 1, ...absent<object>('bundle', ...ofSource) });
  await pool.close();
  await runtime.close();
});

test('members of run() that are undefined are absent', async () => {
  const { runtime } = libraryHost({ ending: { code: 3, signal: 0 } });
  const names = ['id', 'input', 'timeout', 'grace', 'stopSignal', 'maxBuffer', 'encoding', ...ofFiles, ...ofSource];
  expect(await runtime.run({ ...absent<RunRequest>(...names), bundle: '/bundle' })).toMatchObject({ code: 3, stdout: '' });
});
