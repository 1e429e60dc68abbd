/**
 * Usage: node scripts/test/coverage.mjs [SUMMARY]
 *
 * Prints how many lines of each folder of src/ the unit tests execute, as `vitest --coverage` measured it. Fails if a folder is below its
 * minimum.
 */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

export const summaryFile = 'build/coverage/coverage-summary.json';

/** Percent of the lines, by folder of src/. */
const minimums = { commands: 85, container: 85, library: 85 };

/** Lines by folder of src/; a folder in which no file was measured is missing. */
function linesByFolder(summary) {
  const folders = new Map();
  for (const [file, { lines }] of Object.entries(summary)) {
    const [, folder] = /^src\/([^/]+)\/.+/.exec(relative(process.cwd(), file)) ?? [];
    if (folder === undefined) continue;
    const { total, covered } = folders.get(folder) ?? { total: 0, covered: 0 };
    folders.set(folder, { total: total + lines.total, covered: covered + lines.covered });
  }
  return folders;
}

/** The table, and a sentence for each folder that is below its minimum. */
export function judgeCoverage(file = summaryFile) {
  const folders = linesByFolder(JSON.parse(readFileSync(file, 'utf8')));
  const percent = (folder) => {
    const { total, covered } = folders.get(folder) ?? { total: 0, covered: 0 };
    return total === 0 ? 0 : (100 * covered) / total;
  };
  const table = [...folders.keys()].sort().map((folder) => {
    const { total, covered } = folders.get(folder);
    const minimum = minimums[folder] === undefined ? '' : `  minimum ${minimums[folder]} %`;
    return `src/${folder}`.padEnd(16) + `${covered}/${total}`.padStart(12) + `${percent(folder).toFixed(1)} %`.padStart(10) + minimum;
  });
  const below = Object.keys(minimums).filter((folder) => percent(folder) < minimums[folder]);
  const sentences = below.map(
    (folder) =>
      `the unit tests execute ${percent(folder).toFixed(1)} % of the lines of src/${folder}, at least ${minimums[folder]} % are required: npm run coverage`,
  );
  return { table, sentences, passed: Object.keys(minimums).length - below.length };
}

if (import.meta.filename === process.argv[1]) {
  const { table, sentences } = judgeCoverage(process.argv[2]);
  for (const line of [...table, ...sentences]) console.log(line);
  process.exitCode = sentences.length === 0 ? 0 : 1;
}
