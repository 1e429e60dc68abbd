import { expect, test } from 'vitest';
import { jsonEntry, textEntry } from '../../../src/cli/log_entry.js';
import { textTable } from '../../../src/cli/text_table.js';
import { printProblems } from '../../../src/commands/check/problem_list.js';
import { jsonRecord, plainText, textRecord } from '../../../src/errors/format.js';
import { printable, printableLines } from '../../../src/errors/printable.js';
import { RuntimeError } from '../../../src/errors/runtime_error.js';

const obeyed = [
  '\0',
  '\x07',
  '\b',
  '\n',
  '\r',
  '\t',
  '\x1b',
  '\x1b]0;title\x07',
  '\x1b[2J',
  '\x7f',
  '\x80',
  '\x9b31m',
  '\x9f',
  '\u2028',
  '\u202e',
  '\u2066',
];
const harmless = 'plain "text", ümläüte, 語, 😀, a\u00a0space';
const found = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

test('characters that a terminal shows are kept', () => {
  expect(printable(harmless)).toBe(harmless);
  expect(printableLines(`${harmless}\n${harmless}`)).toBe(`${harmless}\n${harmless}`);
});

test('control characters are written as JSON escapes', () => {
  expect(printable('a\x1b[31m\n\x9b')).toBe('a\\u001b[31m\\n\\u009b');
  for (const text of obeyed) expect(JSON.parse(`"${printable(text)}"`)).toBe(text);
});

test('JSON is the same document afterwards', () => {
  const document = { [obeyed.join('')]: [harmless, ...obeyed] };
  expect(JSON.parse(printableLines(JSON.stringify(document, null, 2)))).toEqual(document);
});

test.each(obeyed)('%j never reaches a terminal', (text) => {
  const error = new RuntimeError(`exec: "${text}"`, { code: 'executable', phase: 'exec', path: text, hint: `look at ${text}` });
  const note = { level: 'warning', message: text, fields: { path: text } } as const;
  const ways = [
    plainText({ error, terminal: true }).replace('\n  hint', ''),
    plainText({ error, terminal: false }),
    textRecord({ error, time: 0 }),
    jsonRecord({ error, time: 0 }),
    textEntry(note, 0),
    jsonEntry(note, 0),
  ];
  for (const written of ways) {
    expect(written.trimEnd()).not.toMatch(found);
    expect(written.trimEnd()).not.toContain('\n');
  }
  const table = textTable([
    ['ID', 'BUNDLE'],
    ['a', text],
  ]);
  expect(table).not.toMatch(found);
  expect(table.split('\n')).toHaveLength(2);
  const problems = printProblems([{ pointer: `/annotations/${text}`, expected: 'x', found: text, remedy: text, severity: 'error' }]);
  expect(problems).not.toMatch(found);
  expect(problems.split('\n')).toHaveLength(3);
});
