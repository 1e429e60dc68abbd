import { afterEach, expect, test } from 'vitest';
import { main } from '../../../src/entry/main.js';
import { bindSys } from '../../../src/sys/call.js';
import type { Sys } from '../../../src/sys/contract.js';
import { bindRecordingSys } from './recording_sys.js';

afterEach(() => {
  bindSys({} as Sys);
});

async function call(...args: string[]) {
  const written = bindRecordingSys();
  const code = await main(args);
  return { code, stdout: written.get('1') ?? '', stderr: written.get('2') ?? '', written };
}

test.each(['--version', '-version', '-v', '-V'])('%s prints lines that dockerd can read', async (flag) => {
  const { code, stdout } = await call(flag);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^tsrun version \S+\ncommit: \S+\nspec: 1\.3\.0\nquickjs: 2025-04-26\nlibseccomp: 2\.5\.4\n$/);
});

test.each([['--help'], ['-h'], ['help'], []])('%s lists the verbs', async (...args) => {
  const { code, stdout, stderr } = await call(...args);
  expect(code).toBe(0);
  expect(stderr).toBe('');
  expect(stdout).toContain('--log-format <format>');
  for (const verb of ['create', 'start', 'state', 'kill', 'delete', 'run', 'exec', 'list', 'ps', 'spec', 'features', 'plan', 'check']) {
    expect(stdout).toMatch(new RegExp(`^  ${verb} `, 'm'));
  }
});

test.each([[['create', '--help']], [['help', 'create']], [['create', '-h']]])('%j prints the options of the verb', async (args) => {
  const { code, stdout } = await call(...args);
  expect(code).toBe(0);
  expect(stdout).toContain('tsrun create [options] <container-id>');
  expect(stdout).toContain('-b, --bundle <directory>');
  expect(stdout).not.toContain('--no-subreaper');
});

test('an unknown verb exits with 3, as in runc', async () => {
  const { code, stderr } = await call('bogus');
  expect(code).toBe(3);
  expect(stderr).toContain("No help topic for 'bogus'");
});

test('--help of a verb succeeds, and that of an unknown verb fails: so Podman asks for checkpoint', async () => {
  expect((await call('checkpoint', '--help')).code).toBe(0);
  expect((await call('absent', '--help')).code).not.toBe(0);
});

test.each([
  [['start'], 'tsrun: "start" requires exactly 1 argument(s)'],
  [['start', 'a', 'b'], 'tsrun: "start" requires exactly 1 argument(s)'],
  [['kill'], 'tsrun: "kill" requires a minimum of 1 argument(s)'],
  [['kill', 'a', '9', 'b'], 'tsrun: "kill" requires a maximum of 2 argument(s)'],
  [['list', 'a'], 'tsrun: "list" requires exactly 0 argument(s)'],
  [['create', '--bundle'], 'flag needs an argument: -bundle'],
  [['--root'], 'flag needs an argument: -root'],
  [['-nothing', 'list'], 'flag provided but not defined: -nothing'],
  [['run', '--preserve-fds', 'x', 'a'], 'invalid value "x" for flag -preserve-fds: parse error'],
  [['--log-format', 'xml', 'list'], 'invalid log-format: xml'],
  [['--rootless', 'maybe', 'list'], 'invalid value "maybe" for flag -rootless'],
  [['list', '--format', 'xml'], 'invalid format option "xml"'],
])('%j is a mistake with exit code 1', async (args, message) => {
  const { code, stdout, stderr } = await call(...args);
  expect(code).toBe(1);
  expect(stderr).toContain(message);
  expect(stdout).toBe('');
});

test('exec without a program exits with 255', async () => {
  const { code, stderr } = await call('exec', 'a');
  expect(code).toBe(255);
  expect(stderr).toContain('exec failed: args must not be empty');
});

test('a failure is written to the requested log', async () => {
  const { written } = await call('--log', '/l', '-log-format=json', 'start');
  expect(JSON.parse(written.get('/l') ?? '')).toMatchObject({ level: 'error', msg: '"start" requires exactly 1 argument(s)' });
});
