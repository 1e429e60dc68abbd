import { expect, test } from 'vitest';
import type { Machine } from '../machine/machine.js';
import { commandHost, silent } from './host.js';

const directory = '/sys/fs/cgroup/tsrun-web';

async function running() {
  const host = commandHost({ config: { linux: { resources: { memory: { limit: 10_000_000 }, pids: { limit: 9 } } } } });
  expect(await host.tsrun('run', '-d', '-b', '/bundle', 'web')).toEqual(silent);
  const limits = () => ['memory.max', 'pids.max'].map((name) => host.file(`${directory}/${name}`).trim());
  return { ...host, limits };
}

test('the limits of a document are set; those of the command line come after them', async () => {
  const { tsrun, machine, limits } = await running();
  machine.tree.plant('/work/limits.json', JSON.stringify({ memory: { limit: 20_000_000 }, pids: { limit: 30 } }));
  expect(await tsrun('update', '--resources', '/work/limits.json', '--pids-limit', '40', 'web')).toEqual(silent);
  expect(limits()).toEqual(['20000000', '40']);
});

function standardInput(machine: Machine, text: string): void {
  machine.descriptors.open.set(0, { kind: 'read', pipe: { text, writers: 0, endless: false } });
}

test('the document - is standard input', async () => {
  const { tsrun, machine, limits } = await running();
  standardInput(machine, '{"memory":{"limit":20000000},"pids":{"limit":30}}');
  expect(await tsrun('update', '--resources', '-', 'web')).toEqual(silent);
  expect(limits()).toEqual(['20000000', '30']);
});

test.each([
  ['no JSON', '{', 'parse "standard input"'],
  ['more than 10 MiB', ' '.repeat((10 << 20) + 1), '(EFBIG)'],
])('standard input with %s is refused, and changes nothing', async (_, text, reason) => {
  const { tsrun, machine, limits } = await running();
  standardInput(machine, text);
  const { code, stderr } = await tsrun('update', '--resources', '-', 'web');
  expect(code).toBe(1);
  expect(stderr).toContain(reason);
  expect(limits()).toEqual(['10000000', '9']);
});

test.each([
  ['no JSON', '{', 'parse "/work/limits.json"'],
  ['a limit that is text', '{"pids":{"limit":"9"}}', '/pids/limit'],
])('a document with %s is refused, and changes nothing', async (_, text, reason) => {
  const { tsrun, machine, limits } = await running();
  machine.tree.plant('/work/limits.json', text);
  const { code, stderr } = await tsrun('update', '--memory', '20m', '-r', '/work/limits.json', 'web');
  expect(code).toBe(1);
  expect(stderr).toContain(reason);
  expect(limits()).toEqual(['10000000', '9']);
});

test('a document that is not there, and a container that nobody has, are named', async () => {
  const { tsrun } = await running();
  expect(await tsrun('update', '-r', '/absent.json', 'web')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('read resources document "/absent.json": no such file or directory (ENOENT)') as string,
  });
  expect(await tsrun('update', '--pids-limit', '3', 'absent')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('container does not exist') as string,
  });
});

test('a quota below 0 is none, and a limit below -1 is refused, on the command line and in a document', async () => {
  const { tsrun, machine, limits } = await running();
  expect(await tsrun('update', '--cpu-quota=-5', 'web')).toEqual(silent);
  expect(await tsrun('update', '--pids-limit=-5', 'web')).toMatchObject({ code: 1 });
  standardInput(machine, '{"pids":{"limit":20},"memory":{"swap":-5}}');
  expect(await tsrun('update', '--resources', '-', 'web')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('"/linux/resources/memory/swap": must be a number from -1 on, found -5') as string,
  });
  expect(limits()).toEqual(['10000000', '9']);
});

test.each(['create', 'run'])('%s refuses a limit below -1 before anything is made', async (verb) => {
  const { tsrun, left } = commandHost({ config: { linux: { resources: { memory: { limit: -5 } } } } });
  expect(await tsrun(verb, '-b', '/bundle', 'web')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('"/linux/resources/memory/limit": must be a number from -1 on, found -5') as string,
  });
  expect(left()).toEqual([]);
});
