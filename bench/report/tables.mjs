import { judge } from '../targets.mjs';
import { mebibytes, milliseconds, times } from './text_table.mjs';

// Tables for the terminal and for the report: `{title, head, rows, unavailable?}`; all cells are text. `label` returns a subject's name.

const baselines = ['floor', 'crun', 'crun-peer', 'runc', 'runc-peer'];

/** Titles for the keys of the sections' records. */
const columns = {
  alive: 'alive',
  createMs: 'create, ms',
  toFirst: 'to the first',
  waitingKiB: 'waiting process, KiB',
  hostKiB: 'host memory of each, KiB',
  callers: 'callers',
  perSecond: 'per second',
  runKiB: 'run, KiB',
  createStartKiB: 'create + start, KiB',
  anonKiB: 'charged: anonymous, KiB',
  fileKiB: 'files, KiB',
  kernelKiB: 'kernel, KiB',
  createScopeMs: 'create --systemd-cgroup, ms',
  updateScopeMs: 'update of it, ms',
  updateMs: 'update, ms',
  statsMs: 'events --stats, ms',
  apiMs: 'by the API, ms',
  fourMs: 'four at once, ms each',
  ctrMs: 'ctr run --rm, ms',
  dockerMs: 'docker run --rm, ms',
  podmanMs: 'podman run --rm, ms',
  execMs: 'exec, ms',
  startMs: 'start of the shim, ms',
  deleteMs: 'its delete, ms',
  rssKiB: 'resident, KiB',
  pssKiB: 'proportional, KiB',
  threads: 'threads',
  wakeUps: 'wake-ups in 2 s',
  tenRssKiB: 'ten containers: resident, KiB',
  tenPssKiB: 'proportional, KiB',
  onePerSecond: 'one connection, per second',
  eightPerSecond: 'eight, per second',
  eightMs: 'ms each',
  p50Ms: 'median at 70 %, ms',
  p99Ms: 'p99, ms',
  p99ToP50: 'p99 to median',
};

/** Columns that are always shown with decimals, even if all values happen to be whole numbers. */
const fractions = [
  'createMs',
  'toFirst',
  'perSecond',
  'createScopeMs',
  'updateScopeMs',
  'updateMs',
  'statsMs',
  'onePerSecond',
  'eightPerSecond',
  'eightMs',
  'p50Ms',
  'p99Ms',
  'p99ToP50',
  ...['api', 'four', 'ctr', 'docker', 'podman', 'exec', 'start', 'delete'].map((name) => `${name}Ms`),
];

/** One measure: subject -> summary. */
export function measureTable({ title, summaries, label }) {
  const present = baselines.filter((name) => summaries[name] !== undefined);
  const rows = Object.entries(summaries).map(([name, { median, p90, p99, peakRss }]) => [
    label(name),
    milliseconds(median),
    milliseconds(p90),
    milliseconds(p99),
    mebibytes(peakRss),
    ...present.map((peer) => times(median / summaries[peer].median)),
  ]);
  return {
    title,
    head: [
      '',
      'median, ms',
      'p90',
      'p99',
      'peak, MiB',
      ...present.map((name) => (name === 'floor' ? 'to the calls alone' : `to ${label(name)}`)),
    ],
    rows,
  };
}

/** The records of a section. */
export function sectionTable({ title, rows, unavailable, label }) {
  const keys = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((key) => key !== 'subject');
  const cell = (key, value) => (value === undefined ? '' : fractions.includes(key) ? value.toFixed(2) : String(value));
  return {
    title,
    unavailable,
    head: ['', ...keys.map((key) => columns[key] ?? key)],
    rows: rows.map((row) => [label(row.subject), ...keys.map((key) => cell(key, row[key]))]),
  };
}

const titles = { peakRss: ', peak memory', createStartKiB: ', create + start', createScopeMs: ', create' };
/** Of the other sections, the value's column. */
const titleOf = (value) => titles[value] ?? (columns[value] === undefined ? '' : `, ${columns[value]}`);

/** Every target for which there are results. */
export function targetTable({ results, label }) {
  const rows = judge(results).map(({ measure, value, of, against, atMost, ratio, met }) => [
    `${measure}${titleOf(value)}: ${label(of)} to ${label(against)}`,
    times(ratio),
    `at most ${atMost.toFixed(2)}`,
    met ? 'met' : 'MISSED',
  ]);
  return { title: 'targets', head: ['', 'ratio', 'target', ''], rows };
}
