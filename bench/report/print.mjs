import { textTable } from './text_table.mjs';

/** Formats a table of `tables.mjs` as lines; nothing for an empty one. */
export function printed({ title, head, rows, unavailable }) {
  if (unavailable !== undefined) return `${title}: not available, ${unavailable}`;
  if (rows.length === 0) return '';
  return `${title}\n${textTable([head, ...rows.map(([first, ...rest]) => [`  ${first}`, ...rest])])}`;
}
