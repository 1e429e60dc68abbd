import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { measures } from '../measure/measures.mjs';
import { measureTable, sectionTable, targetTable } from './tables.mjs';
import { labelOf } from './labels.mjs';
import { overview } from './overview.mjs';
import { densityPlot, percentilePlot } from './plots.mjs';

const escape = (text) => text.replace(/[&<>"]/g, (character) => `&#${character.codePointAt(0)};`);
const inline = (file) => readFileSync(join(import.meta.dirname, file), 'utf8');

/** A self-contained page: the targets, then for each measure its percentile curves and its table, then the sections. */
export function htmlReport(results) {
  const { measured, sections, versions, machine, date, rounds, differences } = results;
  const label = (subject) => labelOf(subject, versions);
  const plots = [];
  const plotted = (plot) => {
    plots.push(plot);
    return `<div class="plot" id="${plot.place}"></div>`;
  };
  const head = `${machine.processor}, ${machine.cores} cores, Linux ${machine.kernel}, Node.js ${machine.node}, cgroup ${machine.cgroup}, ${rounds} rounds`;
  const blocks = [
    ...Object.entries(measured).map(([name, summaries]) =>
      block(
        measureTable({ title: measures[name].title, summaries, label }),
        plotted(percentilePlot({ place: `plot-${name}`, summaries, label })),
      ),
    ),
    ...Object.entries(sections).map(([name, section]) => {
      const drawn =
        name === 'density' && section.rows.length > 0 ? plotted(densityPlot({ place: 'plot-density', rows: section.rows, label })) : '';
      return block(sectionTable({ ...section, label }), drawn);
    }),
  ];
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>tsrun: start latency, ${date}</title>
<style>
${library('uPlot.min.css')}
${inline('style.css')}</style>
<h1>Start latency, ${date}</h1>
<p>${escape(head)}</p>
<p class="quiet">${Object.entries(versions)
    .map(([name, version]) => `${escape(name)}: ${escape(version)}`)
    .join('<br>')}</p>
${measured.run === undefined ? '' : `<div class="overview">${overview(results)}</div>`}
${block(targetTable({ results, label }))}
${blocks.join('\n')}
<h2>differences between the containers</h2>
${differences.length === 0 ? '<p>none</p>' : `<ul>${differences.map(({ text }) => `<li>${escape(text)}</li>`).join('\n')}</ul>`}
<script>${library('uPlot.iife.min.js')}</script>
<script>const plots = ${JSON.stringify(plots).replaceAll('<', '\\u003c')};</script>
<script>
${inline('plots.js')}</script>
</html>
`;
}

function block({ title, head, rows, unavailable }, plot = '') {
  if (unavailable !== undefined) return `<h2>${escape(title)}</h2>\n<p class="quiet">not available: ${escape(unavailable)}</p>`;
  if (rows.length === 0) return '';
  const line = (cells) => `<tr>${cells.join('')}</tr>`;
  const body = rows.map((cells) => line(cells.map(dataCell))).join('\n');
  const table = `<table><thead>${line(head.map((text) => `<th>${escape(text)}</th>`))}</thead>\n<tbody>${body}</tbody></table>`;
  return `<h2>${escape(title)}</h2>\n${plot}<div class="wide">${table}</div>`;
}

function dataCell(text) {
  const kind = { met: 'met', MISSED: 'missed' }[text];
  return `<td${kind === undefined ? '' : ` class="${kind}"`}>${escape(text)}</td>`;
}

function library(file) {
  const main = createRequire(import.meta.url).resolve('uplot');
  return readFileSync(join(dirname(main), file), 'utf8');
}
