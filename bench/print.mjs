import { judge } from './targets.mjs';
import { mebibytes, milliseconds, textTable, times } from './text_table.mjs';

const baselines = ['floor', 'crun', 'runc'];

/** The table of one measure: subject -> summary. */
export function measureTable(title, summaries) {
  const present = baselines.filter((name) => summaries[name] !== undefined);
  const head = [title, 'median ms', 'p90', 'p99', 'peak MiB', ...present.map((name) => `to ${name}`)];
  const rows = Object.entries(summaries).map(([name, { median, p90, p99, peakRss }]) => [
    `  ${name}`,
    milliseconds(median),
    milliseconds(p90),
    milliseconds(p99),
    mebibytes(peakRss),
    ...present.map((peer) => times(median / summaries[peer].median)),
  ]);
  return textTable([head, ...rows]);
}

export function targetTable({ measured, sections }) {
  const judged = judge(measured, sections.density);
  if (judged.length === 0) return '';
  const rows = judged.map(({ measure, value, of, against, atMost, ratio, met }) => [
    `  ${measure}${value === 'peakRss' ? ' (peak memory)' : ''}: ${of} to ${against}`,
    times(ratio),
    `at most ${atMost.toFixed(2)}`,
    met ? 'met' : 'MISSED',
  ]);
  return textTable([['targets', 'ratio', 'target', ''], ...rows]);
}

/** A section's records, whose keys are the heads of the columns. */
export function sectionTable({ title, rows, unavailable }) {
  if (unavailable !== undefined) return `${title}: not available, ${unavailable}`;
  if (rows.length === 0) return '';
  const keys = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cell = (value) => (value === undefined ? '' : typeof value !== 'number' ? value : Number.isInteger(value) ? String(value) : value.toFixed(2));
  return `${title}\n${textTable([keys, ...rows.map((row) => keys.map((key) => cell(row[key])))])}`;
}
