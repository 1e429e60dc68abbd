import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { measureTable, sectionTable, targetTable } from '../print.mjs';
import { measures } from '../measures.mjs';
import { colourOf } from './colours.mjs';
import { labelOf } from './labels.mjs';

const escape = (text) => text.replace(/[&<>"]/g, (character) => `&#${character.codePointAt(0)};`);
const shares = Array.from({ length: 100 }, (_, index) => index + 1);

/** One page without anything from elsewhere: the tables, a curve of percentiles for each measure, the growth with living containers. */
export function htmlReport(results) {
  const { measured, sections, versions, machine, date, rounds } = results;
  const plots = [...Object.entries(measured).map(([name, summaries]) => percentilePlot(name, summaries, versions)), ...densityPlot(sections.density, versions)];
  const head = `${machine.processor}, ${machine.cores} cores, Linux ${machine.kernel}, Node.js ${machine.node}, cgroup ${machine.cgroup}, ${rounds} rounds`;
  const blocks = [
    ...Object.entries(measured).map(([name, summaries]) => measureTable(measures[name].title, summaries)),
    ...Object.values(sections).map(sectionTable),
    targetTable(results),
  ];
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>tsrun: start latency, ${date}</title>
<style>${library('uPlot.min.css')}
body { font: 15px/1.5 sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; } pre { overflow-x: auto; font-size: 13px; } .plot { margin: 1.5rem 0; }</style>
<h1>Start latency, ${date}</h1>
<p>${escape(head)}</p>
<pre>${escape(Object.entries(versions).map(([name, version]) => `${name}: ${version}`).join('\n'))}</pre>
<div id="plots"></div>
${blocks.filter((text) => text !== '').map((text) => `<pre>${escape(text)}</pre>`).join('\n')}
<h2>Differences between the containers</h2>
<pre>${escape(results.differences.map(({ text }) => text).join('\n') || 'none')}</pre>
<script>${library('uPlot.iife.min.js')}</script>
<script>
for (const { title, x, series, data } of ${JSON.stringify(plots).replaceAll('<', '\\u003c')}) {
  const element = document.getElementById('plots').appendChild(document.createElement('div'));
  element.className = 'plot';
  new uPlot({
    title, width: Math.min(900, element.clientWidth), height: 320,
    scales: { x: { time: false }, y: { range: (_, low, high) => [0, high * 1.05] } },
    axes: [{ label: x }, { label: 'milliseconds' }],
    series: [{ label: x }, ...series.map(({ label, colour }) => ({ label, stroke: colour, width: 2, spanGaps: true, value: (_, v) => v == null ? '-' : v.toFixed(3) }))],
  }, data, element);
}
</script>
</html>
`;
}

function percentilePlot(name, summaries, versions) {
  const entries = Object.entries(summaries);
  const curve = ({ milliseconds }) => {
    const sorted = [...milliseconds].sort((a, b) => a - b);
    return shares.map((share) => sorted[Math.max(0, Math.ceil((sorted.length * share) / 100) - 1)]);
  };
  return {
    title: measures[name].title,
    x: 'percentile',
    series: entries.map(([subject]) => ({ label: labelOf(subject, versions), colour: colourOf(subject) })),
    data: [shares, ...entries.map(([, summary]) => curve(summary))],
  };
}

function densityPlot(section, versions) {
  if (section === undefined || section.rows.length === 0) return [];
  const subjects = [...new Set(section.rows.map(({ subject }) => subject))];
  const counts = [...new Set(section.rows.map(({ alive }) => alive))];
  const find = (subject, alive) => section.rows.find((row) => row.subject === subject && row.alive === alive)?.createMs ?? null;
  return [
    {
      title: section.title,
      x: 'containers alive',
      series: subjects.map((subject) => ({ label: labelOf(subject, versions), colour: colourOf(subject) })),
      data: [counts, ...subjects.map((subject) => counts.map((alive) => find(subject, alive)))],
    },
  ];
}

function library(file) {
  const main = createRequire(import.meta.url).resolve('uplot');
  return readFileSync(join(dirname(main), file), 'utf8');
}
