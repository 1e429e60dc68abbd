import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

const project = new URL('../../..', import.meta.url).pathname;

/** Runs a script with -e that sources scripts/stage.sh; seconds become N. */
function sh(script: string) {
  const { status, stdout, stderr } = spawnSync('sh', ['-eu', '-c', `. scripts/stage.sh\n${script}`], { cwd: project, encoding: 'utf8' });
  return { status, stdout: stdout.replace(/\(\d+ s\)/, '(N s)'), stderr };
}

test('a stage that succeeds prints one line and none of its output', () => {
  expect(sh('stage build sh -c "echo compiler; echo warning >&2"')).toEqual({ status: 0, stdout: 'build ... done (N s)\n', stderr: '' });
});

test('a stage that fails prints its output and ends the script with its exit code', () => {
  const script = 'broken() { echo before; sh -c "echo error >&2; exit 3"; echo after; }\nstage build broken\necho next';
  expect(sh(script)).toEqual({ status: 3, stdout: 'build ... failed (N s)\n', stderr: 'before\nerror\n' });
});

test('with --verbose a stage prints its output immediately', () => {
  expect(sh('is_verbose --verbose\nstage build echo compiler')).toEqual({ status: 0, stdout: '== build\ncompiler\n', stderr: '' });
});

test.each(['setup.sh', 'quickstart.sh'])('%s refuses an unknown option before it does anything', (script) => {
  const { status, stdout, stderr } = spawnSync(`scripts/${script}`, ['--loud'], { cwd: project, encoding: 'utf8' });
  expect({ status, stdout, stderr }).toMatchObject({ status: 1, stdout: '', stderr: expect.stringContaining('usage: ') as string });
});
