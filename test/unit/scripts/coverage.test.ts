import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const project = join(import.meta.dirname, '../../..');

/** The verdict of scripts/test/coverage.mjs on a measurement: percentages of covered lines, by file. */
function judge(covered: Readonly<Record<string, number>>) {
  const directory = mkdtempSync(join(tmpdir(), 'tsrun-coverage-'));
  try {
    const file = join(directory, 'coverage-summary.json');
    const entries = Object.entries(covered).map(([name, lines]) => [join(project, name), { lines: { total: 100, covered: lines } }]);
    writeFileSync(file, JSON.stringify({ total: { lines: { total: 1, covered: 1 } }, ...Object.fromEntries(entries) }));
    const { status, stdout } = spawnSync('node', ['scripts/test/coverage.mjs', file], { cwd: project, encoding: 'utf8' });
    return { status, stdout };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const all = { 'src/commands/start.ts': 100, 'src/container/start.ts': 100, 'src/library/run.ts': 100 };

test('the table has the lines of each folder, with those of the folders below it', () => {
  const { status, stdout } = judge({ ...all, 'src/container/create/cold.ts': 90, 'src/json/read.ts': 1 });
  expect(status).toBe(0);
  expect(stdout).toMatch(/^src\/container +190\/200 +95\.0 % {2}minimum \d+ %$/m);
  expect(stdout).toMatch(/^src\/json +1\/100 +1\.0 %$/m);
});

test('a folder whose lines are executed too rarely fails with a sentence that names it', () => {
  const { status, stdout } = judge({ ...all, 'src/container/start.ts': 1 });
  expect(status).toBe(1);
  expect(stdout).toMatch(/^the unit tests execute 1\.0 % of the lines of src\/container, at least \d+ % are required: npm run coverage$/m);
});

test('a folder of which nothing was measured fails', () => {
  const { status, stdout } = judge({ 'src/container/start.ts': 100, 'src/library/run.ts': 100 });
  expect(status).toBe(1);
  expect(stdout).toContain('the unit tests execute 0.0 % of the lines of src/commands,');
});
