import { expect, test } from '../oci/harness/index.js';
import { runExample } from './harness/example.js';

test('prints a table of the times of processes and containers', async () => {
  const { code, stdout, stderr } = await runExample('benchmark.ts', { args: ['3'] });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const [title, ...rows] = stdout.trimEnd().split('\n');
  expect(title).toMatch(/^\/bin\/true +median, ms +95 %, ms$/);
  expect(rows.map((row) => row.slice(0, 28).trim())).toEqual(['child_process.spawn', 'container', 'container from a warm slot']);
  for (const row of rows) expect(row.slice(28)).toMatch(/^( +\d+\.\d\d){2}$/);
});

test('fails if the program fails', async () => {
  const { code, stderr } = await runExample('benchmark.ts', { args: ['1', '/bin/false'] });
  expect(code).toBe(1);
  expect(stderr).toContain('/bin/false failed');
});
