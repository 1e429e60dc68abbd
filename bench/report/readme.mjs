import { mebibytes, milliseconds } from './text_table.mjs';
import { labelOf } from './labels.mjs';

const shown = { run: 'run', 'run-engine': 'run, engine bundle', lifecycle: 'create + start + delete', exec: 'exec', state: 'state' };
const shownOfShims = {
  apiMs: 'by the API, ms',
  fourMs: 'four at once, ms each',
  ctrMs: '`ctr run --rm`, ms',
  dockerMs: '`docker run --rm`, ms',
  podmanMs: '`podman run --rm`, ms',
  execMs: 'exec, ms',
  rssKiB: 'resident, KiB',
  threads: 'threads',
};
const marked = /(<!-- benchmark -->\n)[^]*(<!-- \/benchmark -->)/;

/** Returns the project's README with this run's picture and medians between its two markers. */
export function fillReadme(text, results) {
  if (!marked.test(text)) throw new Error('README.md has no <!-- benchmark --> ... <!-- /benchmark -->');
  return text.replace(marked, (_, before, after) => `${before}${section(results)}\n${after}`);
}

function section({ measured, sections, versions, machine, date }) {
  const floors = sections['memory-floor']?.rows ?? [];
  const columns = Object.entries(shown).filter(([name]) => measured[name] !== undefined);
  const row = (cells) => `| ${cells.join(' | ')} |`;
  const rows = Object.keys(measured.run).map((subject) =>
    row([
      labelOf(subject, versions),
      ...columns.map(([name]) => milliseconds(measured[name][subject]?.median)),
      mebibytes(measured.run[subject].peakRss),
      ...(floors.length === 0 ? [] : [smallest(floors, subject)]),
    ]),
  );
  const head = [
    'median, ms',
    ...columns.map(([, title]) => title),
    'peak MiB of run',
    ...(floors.length === 0 ? [] : ['smallest memory.max, KiB']),
  ];
  return [
    '![Start latency of tsrun and its peers](docs/benchmark.svg)',
    '',
    row(head),
    row(head.map((_, column) => (column === 0 ? '---' : '---:'))),
    ...rows,
    '',
    ...ofShims(sections.engines?.rows ?? [], row),
    `${machine.processor}, ${machine.cores} cores, Linux ${machine.kernel}, ${date}${later(sections.engines, date)}; each table is one interleaved run of \`npm run bench\`, see [bench/README.md](bench/README.md).`,
  ].join('\n');
}

/** One container below an engine: containerd's by the shim that it has, Podman's by the runtime. */
function ofShims(shims, row) {
  if (shims.length === 0) return [];
  const head = ['below an engine', ...Object.values(shownOfShims)];
  return [
    '![A container of containerd, by its shim](docs/shims.svg)',
    '',
    row(head),
    row(head.map((_, column) => (column === 0 ? '---' : '---:'))),
    ...shims.map((shim) => row([shim.subject, ...Object.keys(shownOfShims).map((key) => cellOf(key, shim[key]))])),
    '',
  ];
}

const later = (section, date) => (section?.date === undefined || section.date === date ? '' : ` (the engines ${section.date})`);

const cellOf = (key, value) => (value === undefined ? '-' : key.endsWith('Ms') ? milliseconds(value) : value);

function smallest(floors, subject) {
  return floors.find((row) => row.subject === subject)?.runKiB ?? '-';
}
