import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The top directory of the project. */
export const project = join(import.meta.dirname, '../../..');

/** The text of a page, by its path from the top of the project. */
export function readPage(path: string): string {
  return readFileSync(join(project, path), 'utf8');
}

export interface TableRow {
  /** The nearest heading above it, without the number signs. */
  readonly section: string;
  readonly cells: readonly string[];
}

/** The rows of all tables of a page, without the title rows and the rows of dashes. */
export function tableRows(text: string): readonly TableRow[] {
  const rows: TableRow[] = [];
  let section = '';
  let inTable = false;
  for (const line of text.split('\n')) {
    if (line.startsWith('#')) section = line.replace(/^#+ /, '');
    const isRow = line.startsWith('|');
    // The first row of a table has the titles.
    if (isRow && inTable && !/^\|[-| :]+\|$/.test(line)) rows.push({ section, cells: cellsOf(line) });
    inTable = isRow;
  }
  return rows;
}

function cellsOf(line: string): readonly string[] {
  return line
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim());
}

/** The texts between backticks, in order. */
export function codeSpans(text: string): readonly string[] {
  return [...text.matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span);
}
