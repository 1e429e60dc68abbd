import { expect, test, vi } from 'vitest';
import { defineBundle } from '../../../../src/library/bundle/define_bundle.js';
import type { Config } from '../../../../src/library/bundle/config/index.js';
import type { CreateRequest } from '../../../../src/library/requests.js';
import { configWith, replaceCalls } from '../../machine/host.js';
import { libraryHost, refusal, untyped } from '../host.js';

vi.mock('node:net', () => import('../sockets.js'));

const config = JSON.parse(configWith()) as Config;
const withoutBundle = { bundle: undefined } as unknown as Partial<CreateRequest>;

test('a configuration as an object needs no config.json', async () => {
  const { create } = libraryHost({ files: { '/bundle/config.json': '' } });
  const container = await create({ config });
  expect(container.state()).toMatchObject({ status: 'created', bundle: '/bundle' });
});

test('without a bundle, relative paths start in the working directory', async () => {
  const { create } = libraryHost({ files: { '/work/own': null } });
  const container = await create({ ...withoutBundle, config: { ...config, root: { path: 'own' } } });
  expect(container.state()).toMatchObject({ bundle: '/work', rootfs: '/work/own' });
});

test.each<readonly [string, unknown, string]>([
  ['a text', '{}', 'must be an object'],
  ['an array', [], 'must be an object'],
  ['a function in it', { ...config, hooks: { poststop: () => undefined } }, 'config.hooks.poststop is not'],
  ['a number that JSON has not', { ...config, process: { oomScoreAdj: NaN } }, 'config.process.oomScoreAdj is not'],
])('refuses %s in place of a configuration', async (_, wrong, words) => {
  const { create, left } = libraryHost();
  const error = await refusal(() => create({ config: untyped<Config>(wrong) }));
  expect(error).toMatchObject({ code: 'usage', path: 'config' });
  expect(error.message).toContain(words);
  expect(await left()).toEqual([]);
});

test('refuses a configuration that contains itself', async () => {
  const { create } = libraryHost();
  const own: Record<string, unknown> = { ...config };
  own['linux'] = own;
  expect(await refusal(() => create({ config: untyped<Config>(own) }))).toMatchObject({ code: 'usage', path: 'config' });
});

test('refuses a configuration and a file, and layers that are relative', async () => {
  const { create, runtime } = libraryHost();
  expect(await refusal(() => create({ config, configFile: 'x.json' }))).toMatchObject({ code: 'usage', path: 'configFile' });
  expect(await refusal(() => create({ config, layers: ['x'] }))).toMatchObject({ code: 'usage', path: 'layers' });
  expect(await refusal(() => create({ config, layers: [] }))).toMatchObject({ code: 'usage', path: 'layers' });
  expect(await refusal(() => runtime.create({ id: 'web', stdio: 'ignore' }))).toMatchObject({ code: 'usage', path: 'bundle' });
});

test('the errors of a configuration are those of a file', async () => {
  const { create } = libraryHost();
  const wrong = { ...config, ociVersion: 1 };
  expect(await refusal(() => create({ config: untyped<Config>(wrong) }))).toMatchObject({ code: 'invalid-config' });
});

test('a getter that changes its mind is read once', async () => {
  const { create, machine } = libraryHost();
  let reads = 0;
  const shifty = { ...config };
  Object.defineProperty(shifty, 'hostname', { enumerable: true, get: () => (reads++ === 0 ? 'first' : 7) });
  await create({ config: shifty });
  expect(reads).toBe(1);
  expect(machine.inits).toHaveLength(1);
});

test('a limit of defineBundle without its controller fails with what to do', async () => {
  const { create, left, machine } = libraryHost();
  replaceCalls(machine, {
    readText: (given) => (given.path.endsWith('cgroup.controllers') ? 'cpu pids' : machine.sys.readText(given)),
  });
  const bundle = defineBundle({ rootfs: '/bundle/rootfs', args: ['sh'], limits: { cpus: 'none' } });
  const error = await refusal(() => create({ ...withoutBundle, ...bundle }));
  expect(error).toMatchObject({ code: 'controller-missing', path: '/linux/resources/memory/limit' });
  expect(error.hint).toContain("limits: { memory: 'none' } in defineBundle");
  expect(await left()).toEqual([]);
});

test('warm slots are made for a configuration, and used by its containers only', async () => {
  const { runtime, create } = libraryHost();
  const bundle = defineBundle({ rootfs: '/bundle/rootfs', args: ['sh'], limits: 'none' });
  const other = defineBundle({ rootfs: '/work', args: ['sh'], limits: 'none' });
  const pool = await runtime.prewarm({ count: 1, ...bundle });
  await create({ ...withoutBundle, ...other, id: 'other1' });
  expect(pool).toMatchObject({ warm: 0, cold: 1 });
  await create({ ...withoutBundle, ...bundle, id: 'own1' });
  expect(pool).toMatchObject({ warm: 1, cold: 1 });
  await runtime.close();
});
