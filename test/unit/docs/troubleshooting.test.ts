import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { codeSpans, project, readPage } from './page.js';

const sources = readdirSync(join(project, 'src'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
  .join('\n');

/** What the page quotes at the beginning of a heading or of an item of a list is a message, or a part of one. */
const quoted = [...readPage('docs/troubleshooting.md').matchAll(/^(?:## |- )(`.*)$/gm)]
  .flatMap(([, line = '']) => codeSpans(line.startsWith('`') ? (line.split('`:')[0] ?? '') + '`' : ''))
  .filter((span) => span.includes(' '));

/** The words of a message between what is filled in: names, numbers, and the kernel's own texts. */
const parts = (message: string): readonly string[] =>
  message
    .split(/\.{3}|"[^"]*"|(?:^|: )(?:operation not permitted|no space left).*|\d+ s|^--/)
    .map((part) => part.trim().replace(/^: /, ''))
    .filter((part) => part.includes(' '));

test('the page quotes messages', () => {
  expect(quoted.flatMap(parts).length).toBeGreaterThan(5);
});

test.each(quoted)('docs/troubleshooting.md quotes "%s" as src/ has it', (message) => {
  expect(parts(message).filter((part) => !sources.includes(part))).toEqual([]);
});
