import { colourOf } from './colours.mjs';

const shares = Array.from({ length: 100 }, (_, index) => index + 1);

/** A measure's samples as a percentile curve for each subject. Logarithmic, because the values differ tenfold. */
export function percentilePlot({ place, summaries, label }) {
  const entries = Object.entries(summaries);
  const curve = ({ milliseconds }) => {
    const sorted = [...milliseconds].sort((a, b) => a - b);
    return shares.map((share) => sorted[Math.max(0, Math.ceil((sorted.length * share) / 100) - 1)]);
  };
  return {
    place,
    x: 'percentile',
    rest: shares.indexOf(50),
    logarithmic: true,
    series: entries.map(([subject]) => ({ label: label(subject), colour: colourOf(subject) })),
    data: [shares, ...entries.map(([, summary]) => curve(summary))],
  };
}

/** How long one more create takes with that many containers alive. */
export function densityPlot({ place, rows, label }) {
  const subjects = [...new Set(rows.map(({ subject }) => subject))];
  const counts = [...new Set(rows.map(({ alive }) => alive))];
  const find = (subject, alive) => rows.find((row) => row.subject === subject && row.alive === alive)?.createMs ?? null;
  return {
    place,
    x: 'containers alive',
    rest: counts.length - 1,
    logarithmic: false,
    series: subjects.map((subject) => ({ label: label(subject), colour: colourOf(subject) })),
    data: [counts, ...subjects.map((subject) => counts.map((alive) => find(subject, alive)))],
  };
}
