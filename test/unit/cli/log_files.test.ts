import { describe, expect, test } from 'vitest';
import { commandHost } from '../commands/host.js';

describe('--log', () => {
  test('gets one line for a failure; standard error has the words for a person', async () => {
    const { tsrun, file } = commandHost();
    const { code, stderr } = await tsrun('--log', '/work/log', '--log-format', 'json', 'state', 'absent');
    expect(code).toBe(1);
    expect(stderr).toBe('container does not exist\n');
    expect(file('/work/log')).toMatch(/^{"level":"error","msg":"container does not exist","time":"[^"]+","code":"not-found".*}\n$/);
  });

  test('is appended to, as text by default, and is made though nothing fails', async () => {
    const { tsrun, file, machine } = commandHost();
    await tsrun('--log', '/work/log', 'list');
    expect(file('/work/log')).toBe('');
    for (const id of ['one', 'two']) await tsrun('--log=/work/log', 'state', id);
    expect(file('/work/log')).toMatch(/^(time="[^"]+" level=error msg="container does not exist"\n){2}$/);
    expect(machine.descriptors.list()).toEqual([]);
  });

  test('that cannot be written is a failure of its own, before anything is done', async () => {
    const { tsrun, left } = commandHost();
    const { code, stderr } = await tsrun('--log', '/absent/log', 'create', '-b', '/bundle', 'web');
    expect(code).toBe(1);
    expect(stderr).toContain('open "/absent/log": no such file or directory (ENOENT)');
    expect(left()).toEqual([]);
  });

  test('as JSON on standard error is one line that engines parse', async () => {
    const { tsrun } = commandHost();
    const { stderr } = await tsrun('--log-format=json', 'kill', 'absent');
    expect(JSON.parse(stderr)).toMatchObject({ level: 'error', msg: 'container does not exist', code: 'not-found' });
  });
});

describe('--debug', () => {
  test.each([['--debug'], ['--log-level', 'debug']])('%s logs what tsrun asks of the system, and how it failed', async (...words) => {
    const { tsrun, file } = commandHost();
    const { code } = await tsrun(...words, '--log', '/work/log', '--log-format', 'json', 'state', 'absent');
    expect(code).toBe(1);
    const entries = file('/work/log')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { level: string; msg: string; failed?: string });
    expect(entries.slice(0, -1).every(({ level }) => level === 'debug')).toBe(true);
    expect(entries.filter(({ msg }) => msg.includes('/run/tsrun/absent'))).toMatchObject([{ failed: 'ENOENT' }]);
    expect(entries.at(-1)).toMatchObject({ level: 'error', msg: 'container does not exist' });
  });
});
