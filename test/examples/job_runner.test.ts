import { readdirSync, readFileSync } from 'node:fs';
import { expect, makeBundle, newDirectory, stateRoot, test } from '../oci/harness/index.js';
import { runExample } from './harness/example.js';

test('runs each job in a container, two at a time, and says how each ended', async () => {
  const { rootfs } = makeBundle();
  const logs = newDirectory();
  const jobs = ['echo first', 'echo second; echo wrong >&2; exit 3', '', 'echo begun; exec sleep 1000', 'yes', 'id -u'];
  const input = `${jobs.join('\n')}\n`;
  const { code, stdout, stderr } = await runExample('job-runner.ts', { args: [rootfs, logs, '2'], input });
  expect(stderr).toBe('');
  expect(stdout.trim().split('\n').sort()).toEqual([
    'job 1 succeeded',
    'job 2 failed with code 3',
    expect.stringMatching(/^job 3 failed: run: the program did not end within 10000 ms/),
    expect.stringMatching(/^job 4 failed: run: the standard output of the program is longer than 1048576 bytes/),
    'job 5 succeeded',
  ]);
  expect(code).toBe(1);
  const log = (number: number): string => readFileSync(`${logs}/${number}.log`, 'utf8');
  expect([1, 2, 3, 5].map(log)).toEqual(['first\n', 'second\nwrong\n', 'begun\n', '65534\n']);
  expect(log(4).length).toBe(1 << 20);
  expect(readdirSync(stateRoot).filter((name) => !name.startsWith('@'))).toEqual([]);
});

test('says why no job can be run', async () => {
  const { code, stdout } = await runExample('job-runner.ts', { args: ['/nowhere', newDirectory()], input: 'true\n' });
  expect(code).toBe(1);
  expect(stdout).toMatch(/^job 1 failed: .*"\/nowhere"/);
});
