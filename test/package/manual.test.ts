import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryDirectory } from './harness/directory.js';
import { optionsOf, verbs } from './harness/help.js';
import { output, run } from './harness/run.js';

const directory = temporaryDirectory();
output(['scripts/package.sh', 'manual', directory]);

const page = (name: string): string => join(directory, 'man', name);
const names = verbs().filter((verb) => verb !== 'help');
/** A page as a reader sees it, in one line, with plain dashes. */
const read = (name: string): string =>
  output(['mandoc', '-T', 'ascii', page(name)])
    .replace(/.\x08/g, '')
    .replace(/\s+/g, ' ');

test('there are verbs to document', () => {
  expect(names).toContain('create');
  expect(names.length).toBeGreaterThan(10);
});

test('tsrun(8) names every verb and every global option that --help names', () => {
  const text = read('tsrun.8');
  for (const verb of names) expect(text).toContain(` tsrun-${verb}(8)`);
  for (const option of optionsOf()) expect(text).toMatch(new RegExp(`[ ,]${option}[ ,=]`));
});

test.each(names)('tsrun-%s(8) has every option of its --help', (verb) => {
  const text = read(`tsrun-${verb}.8`);
  const options = optionsOf(verb);
  expect(options).toContain('--help');
  for (const option of options) expect(text).toMatch(new RegExp(`[ ,]${option}[ ,=[]`));
});

test.each(['tsrun.8', ...names.map((verb) => `tsrun-${verb}.8`)])("%s passes mandoc's lint, and man can read it", (name) => {
  expect(run(['mandoc', '-T', 'lint', '-W', 'warning', page(name)])).toEqual({ code: 0, stdout: '', stderr: '' });
  const { code, stdout, stderr } = run(['groff', '-ww', '-mandoc', '-Tascii', page(name)]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.replace(/.\x08/g, '')).toContain('SYNOPSIS');
});

test('exec(8) shows both ways to call it', () => {
  const text = read('tsrun-exec.8');
  expect(text).toContain('exec [options] container-id command [arguments]');
  expect(text).toContain('exec [options] --process FILE container-id');
});

test('the pages have the date of SOURCE_DATE_EPOCH', () => {
  output(['scripts/package.sh', 'manual', join(directory, 'dated')], { env: { SOURCE_DATE_EPOCH: '86400' } });
  expect(readFileSync(join(directory, 'dated/man/tsrun.8'), 'utf8')).toContain('.Dd January 2, 1970\n');
});
