import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { machineKind } from './setting/machine.mjs';
import { overview, overviewOfShims } from './report/overview.mjs';
import { htmlReport } from './report/html.mjs';
import { fillReadme } from './report/readme.mjs';

const repository = join(import.meta.dirname, '..');

/**
 * Writes `<date>-<kind of machine>.json` and `.html`. The plot and the table in the project's README show the committed results, so they
 * are only written by a run that wrote there and measured everything, or that was merged into such a run.
 * @returns {string[]} what was written
 */
export function writeResults(results, { out, into, quick, only, subjects }) {
  if (into !== undefined) {
    const whole = merged(results, into);
    return written([...files(whole, into.replace(/\.json$/, '')), ...projectFiles(whole)]);
  }
  const part = quick || only !== undefined || subjects !== undefined;
  const base = join(out ?? join(repository, part ? 'build/bench' : 'bench/results'), `${results.date}-${machineKind(results.machine)}`);
  return written([...files(results, base), ...(part || out !== undefined ? [] : projectFiles(results))]);
}

/** Keeps interleaved measures apart from the rest, so that one measure of a run can be replaced as a whole. */
function merged(results, file) {
  const earlier = JSON.parse(readFileSync(file, 'utf8'));
  for (const what of ['machine', 'versions']) {
    if (!isDeepStrictEqual(earlier[what], results[what])) throw new Error(`put results into "${file}": its ${what} differ`);
  }
  const sections = Object.fromEntries(
    Object.entries(results.sections).map(([name, section]) => [name, { ...section, date: results.date }]),
  );
  return { ...earlier, measured: { ...earlier.measured, ...results.measured }, sections: { ...earlier.sections, ...sections } };
}

function files(results, base) {
  return [
    [`${base}.json`, `${JSON.stringify(results, compactNumbers)}\n`],
    [`${base}.html`, htmlReport(results)],
  ];
}

function projectFiles(results) {
  const readme = join(repository, 'README.md');
  const ofShims = overviewOfShims(results);
  return [
    [join(repository, 'docs/benchmark.svg'), overview(results)],
    ...(ofShims === null ? [] : [[join(repository, 'docs/shims.svg'), ofShims]]),
    [readme, fillReadme(readFileSync(readme, 'utf8'), results)],
  ];
}

function written(all) {
  for (const [path, text] of all) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  return all.map(([path]) => path.replace(`${repository}/`, ''));
}

/** Rounds: nobody can measure a billionth of a millisecond. */
function compactNumbers(_, value) {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value;
}
