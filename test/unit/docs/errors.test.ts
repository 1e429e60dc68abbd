import { expect, test } from 'vitest';
import * as catalogue from '../../../src/errors/catalogue.js';
import { RuntimeError } from '../../../src/errors/runtime_error.js';
import { codeSpans, readPage, tableRows } from './page.js';

const page = readPage('docs/errors.md');
const source = readPage('src/errors/runtime_error.ts');

/** The members of a union of string types. */
function union(name: string): readonly string[] {
  const [, members = ''] = new RegExp(`export type ${name} =([^;]*);`).exec(source) ?? [];
  return [...members.replace(/\/\/.*/g, '').matchAll(/'([^']+)'/g)].map(([, word = '']) => word);
}

test('docs/errors.md has a row for each error code, and for no other', () => {
  const rows = tableRows(page).filter(({ section }) => section === 'Codes');
  expect(rows.flatMap(({ cells: [code = ''] }) => codeSpans(code))).toEqual(union('ErrorCode'));
});

test('docs/errors.md names each phase, and no other', () => {
  const [, section = ''] = /## Phases\n([^#]*)/.exec(page) ?? [];
  expect(codeSpans(section)).toEqual(union('Phase'));
});

test('docs/errors.md names each field of the error, and no other', () => {
  const rows = tableRows(page).filter(({ section }) => section === 'The fields');
  const fields = ['message', 'suppressed', ...Object.keys(new RuntimeError('', { code: 'usage', phase: 'command' }))];
  expect(rows.flatMap(({ cells: [field = ''] }) => codeSpans(field)).sort()).toEqual(fields.filter((name) => name !== 'name').sort());
});

const samples = { id: 'ID', status: 'STATUS' };
const messages = Object.values(catalogue).flatMap((make) => {
  if (make === catalogue.cannotDelete) return [catalogue.cannotDelete(samples).message];
  if (make === catalogue.cannotStart) return ['stopped', 'running', 'STATUS'].map((status) => catalogue.cannotStart(status).message);
  return [(make as (id: string) => RuntimeError)('ID').message];
});

test.each(messages)('docs/errors.md has the frozen message "%s"', (message) => {
  expect(codeSpans(page)).toContain(message);
});
