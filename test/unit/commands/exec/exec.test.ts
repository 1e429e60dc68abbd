import { describe, expect, test } from 'vitest';
import { commandHost, silent } from '../host.js';

const document = { args: ['id'], cwd: '/', user: { uid: 7, gid: 8 } };

async function running(options: Parameters<typeof commandHost>[0] = {}) {
  const host = commandHost(options);
  await host.tsrun('run', '-d', '-b', '/bundle', 'web');
  return host;
}

describe('exec', () => {
  test.each([
    [{ code: 4, signal: 0 }, 4],
    [{ code: -1, signal: 15 }, 143],
  ])('exits as its process does: %j gives %i', async (exit, code) => {
    const { tsrun, machine } = await running({ exit });
    const before = machine.processes.all.size;
    expect(await tsrun('exec', 'web', 'ls', '-l')).toEqual({ code, stdout: '', stderr: '' });
    expect(machine.processes.all.size).toBe(before);
  });

  test('with --detach returns while the process runs, and writes its id', async () => {
    const { tsrun, machine, file } = await running();
    expect(await tsrun('exec', '--detach', '--pid-file', '/work/pid', 'web', 'sleep')).toEqual(silent);
    expect(machine.processes.find(Number(file('/work/pid'))).alive).toBe(true);
  });

  test('takes every option', async () => {
    const { tsrun } = await running();
    const words = ['--cwd', '/tmp', '--env', 'A=1', '-e', 'B=2', '--user', '1000:100', '-g', '5', '--cap', 'CAP_KILL', '--no-new-privs'];
    expect(await tsrun('exec', '-d', ...words, '--process-label', '', '--ignore-paused', 'web', 'ls')).toEqual(silent);
  });

  test.each([
    [['--user', 'nobody', 'web', 'ls'], 'nobody'],
    [['--user', '4294967295', 'web', 'ls'], '4294967295'],
    [['-g', '-1', 'web', 'ls'], '-1'],
    [['--env', '=x', 'web', 'ls'], '=x'],
    [['--cwd', 'relative', 'web', 'ls'], 'relative'],
    [['--cgroup', 'a', '--cgroup', 'b', 'web', 'ls'], '--cgroup is given more than once'],
    [['--cgroup', 'cpu:a', 'web', 'ls'], '--cgroup "cpu:a": names a controller'],
    [['--pid-file', '/absent/pid', 'web', 'ls'], 'write pid file "/absent/pid"'],
    [['--process', '/absent.json', 'web'], '/absent.json'],
    [['web'], 'args must not be empty'],
    [['absent', 'ls'], 'container does not exist'],
  ])('%j exits with 255 and executes nothing', async (words, reason) => {
    const { tsrun, machine } = await running();
    const before = machine.inits.length;
    const { code, stdout, stderr } = await tsrun('exec', ...words);
    expect([code, stdout]).toEqual([255, '']);
    expect(stderr).toMatch(/^tsrun: exec failed: /);
    expect(stderr).toContain(reason);
    expect(machine.inits).toHaveLength(before);
  });

  test('of a stopped container exits with 255', async () => {
    const { tsrun } = await running();
    await tsrun('kill', 'web', 'KILL');
    expect(await tsrun('exec', 'web', 'ls')).toMatchObject({
      code: 255,
      stderr: expect.stringContaining('exec failed: cannot exec in a stopped container') as string,
    });
  });

  test('of a paused container is refused, or with --ignore-paused is not', async () => {
    const { tsrun } = await running();
    await tsrun('pause', 'web');
    expect((await tsrun('exec', '-d', 'web', 'ls')).code).toBe(255);
    expect(await tsrun('exec', '-d', '--ignore-paused', 'web', 'ls')).toEqual(silent);
  });
});

describe('a process document', () => {
  test('is executed', async () => {
    const { tsrun, machine } = await running();
    machine.tree.plant('/work/process.json', JSON.stringify(document));
    expect(await tsrun('exec', '--detach', '--process', '/work/process.json', 'web')).toEqual(silent);
    expect(machine.inits.filter(({ executed }) => executed)).toHaveLength(2);
  });

  test.each([
    [{ ...document, args: [] }, 'args must not be empty'],
    [{ ...document, cwd: '' }, 'Cwd property must not be empty'],
    [{ ...document, cwd: 'relative' }, 'Cwd must be an absolute path'],
    [{ ...document, user: { uid: -1 } }, '/user/uid'],
    [[], 'object'],
  ])('%j is refused', async (wrong, reason) => {
    const { tsrun, machine } = await running();
    machine.tree.plant('/work/process.json', JSON.stringify(wrong));
    const { code, stderr } = await tsrun('exec', '-p', '/work/process.json', 'web');
    expect(code).toBe(255);
    expect(stderr).toContain(reason);
    expect(machine.inits).toHaveLength(1);
  });
});
