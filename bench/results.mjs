import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { machineKind } from './machine.mjs';
import { overview } from './report/overview.mjs';
import { htmlReport } from './report/html.mjs';
import { fillReadme } from './report/readme.mjs';

const repository = join(import.meta.dirname, '..');

/**
 * Writes `<date>-<kind of machine>.json` and `.html`. The plot and the table of the project's README follow the results that
 * are committed, so only a run that went there and measured everything writes them.
 * @returns {string[]} what was written
 */
export function writeResults(results, { out, quick, only, subjects }) {
  const directory = out ?? join(repository, quick ? 'build/bench' : 'bench/results');
  mkdirSync(directory, { recursive: true });
  const base = join(directory, `${results.date}-${machineKind(results.machine)}`);
  const files = [
    [`${base}.json`, `${JSON.stringify(results, compactNumbers)}\n`],
    [`${base}.html`, htmlReport(results)],
  ];
  if (!quick && out === undefined && only === undefined && subjects === undefined) {
    const readme = join(repository, 'README.md');
    files.push([join(repository, 'docs/benchmark.svg'), overview(results)], [readme, fillReadme(readFileSync(readme, 'utf8'), results)]);
  }
  for (const [path, text] of files) writeFileSync(path, text);
  return files.map(([path]) => path.replace(`${repository}/`, ''));
}

/** Nobody can measure a billionth of a millisecond. */
function compactNumbers(_, value) {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value;
}
