import { expect, test, vi } from 'vitest';
import type { Config } from '../../../../src/library/bundle/config/index.js';
import type { PlanRequest } from '../../../../src/library/requests.js';
import { configWith } from '../../machine/host.js';
import { libraryHost, refusal, untyped } from '../host.js';

vi.mock('node:net', () => import('../sockets.js'));

const config = JSON.parse(configWith()) as Config;

test('plan lists what the init would do, of a file and of an object, and makes nothing', async () => {
  const { runtime, left } = libraryHost();
  const operations = runtime.plan({ bundle: '/bundle' });
  expect(operations.map(({ operation }) => operation)).toEqual(expect.arrayContaining(['hostname', 'mount', 'pivotRoot']));
  expect(operations.at(-1)?.operation).toBe('execute');
  for (const { summary } of operations) expect(summary).toEqual(expect.any(String));
  expect(runtime.plan({ bundle: '/bundle', config })).toEqual(operations);
  expect(runtime.plan({ bundle: '/bundle', noNewKeyring: true }).length).toBeLessThan(operations.length);
  expect(await left()).toEqual([]);
});

test('plan refuses what create refuses', async () => {
  const { runtime } = libraryHost();
  expect(await refusal(() => runtime.plan({ bundle: '/absent' }))).toMatchObject({ code: 'bundle' });
  const wrong = { ...config, process: { ...config.process, cwd: 'here' } };
  expect(await refusal(() => runtime.plan({ bundle: '/bundle', config: untyped<Config>(wrong) }))).toMatchObject({
    code: 'invalid-config',
  });
  expect(await refusal(() => runtime.plan({}))).toMatchObject({ code: 'usage', operation: 'plan', path: 'bundle' });
  expect(await refusal(() => runtime.plan(untyped<PlanRequest>({ bundle: '/bundle', noPivot: 1 })))).toMatchObject({
    code: 'usage',
    path: 'noPivot',
  });
});
