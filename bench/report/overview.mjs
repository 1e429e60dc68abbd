import { colourOf } from './colours.mjs';
import { labelOf } from './labels.mjs';

const [width, rowHeight, left, top, right] = [720, 26, 200, 62, 90];
const escape = (text) => text.replace(/[&<>"]/g, (character) => `&#${character.codePointAt(0)};`);

/** It has its own background, because a page may be dark even if the reader's system is not. */
const style = `
.tsrun-page { fill: #ffffff } .tsrun-text { fill: #1f2328 } .tsrun-quiet { fill: #59636e }
@media (prefers-color-scheme: dark) { .tsrun-page { fill: #0d1117 } .tsrun-text { fill: #e6edf3 } .tsrun-quiet { fill: #9198a1 } }
`;

/** The picture for the README: one bar per subject, the median of `run`, shortest first. An SVG without scripts or fonts of its own. */
export function overview({ measured, versions, machine, date }) {
  const bars = Object.entries(measured.run).map(([subject, { median, p99 }]) => ({
    subject,
    value: median,
    label: labelOf(subject, versions),
    more: `p99: ${p99.toFixed(2)} ms`,
  }));
  const titles = { title: 'Start, run and remove a container', subtitle: '/bin/true, default bundle: median, shorter is better' };
  return picture({ ...titles, name: 'Start latency', bars, machine, date });
}

/** The picture of the section `engines`: one bar per shim, the time by containerd's API. Null without that section. */
export function overviewOfShims({ sections, machine, date }) {
  const bars = (sections.engines?.rows ?? [])
    .filter(({ apiMs }) => apiMs !== undefined)
    .map(({ subject, apiMs }) => ({
      subject: shimColours[subject] ?? subject.replace(/^.* \+ /, ''),
      value: apiMs,
      label: subject === 'floor.v2' ? 'a shim that runs nothing (C)' : subject,
      more: '',
    }));
  if (bars.length === 0) return null;
  const titles = {
    title: 'A container of containerd, by its shim',
    subtitle: "create, start, wait and delete by containerd's API: median, shorter is better",
  };
  return picture({ ...titles, name: 'Start latency below containerd', bars, machine, date: sections.engines.date ?? date });
}

const shimColours = { 'floor.v2': 'floor', 'tsrun.v2': 'library', 'runc.v2 + tsrun': 'tsrun' };

/** `bars`: subject (for its colour), value in milliseconds, label, more (shown where a pointer rests). */
function picture({ title, subtitle, name, bars: unsorted, machine, date }) {
  const bars = [...unsorted].sort((a, b) => a.value - b.value);
  const height = top + bars.length * rowHeight + 28;
  const scale = (width - left - right) / bars.at(-1).value;
  const rows = bars.map(({ subject, value, more, label }, index) => {
    const y = top + index * rowHeight;
    const length = Math.max(1, value * scale).toFixed(1);
    const weight = label.startsWith('tsrun') ? ' font-weight="bold"' : '';
    return [
      `<text class="tsrun-text" x="${left - 8}" y="${y + 14}" text-anchor="end"${weight}>${escape(label)}</text>`,
      `<rect x="${left}" y="${y}" width="${length}" height="18" rx="2" fill="${colourOf(subject)}">${more === '' ? '' : `<title>${escape(more)}</title>`}</rect>`,
      `<text class="tsrun-text" x="${(left + Number(length) + 6).toFixed(1)}" y="${y + 14}"${weight}>${value.toFixed(2)} ms</text>`,
    ].join('');
  });
  const machineWords = `${machine.processor}, ${machine.cores} cores, Linux ${machine.kernel}, ${date}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="13" role="img" aria-label="${escape(name)}">`,
    `<style>${style}</style>`,
    `<rect class="tsrun-page" width="${width}" height="${height}" rx="6"/>`,
    `<text class="tsrun-text" x="12" y="26" font-size="15" font-weight="bold">${escape(title)}</text>`,
    `<text class="tsrun-quiet" x="12" y="46">${escape(subtitle)}</text>`,
    ...rows,
    `<text class="tsrun-quiet" x="12" y="${height - 8}" font-size="11">${escape(machineWords)}</text>`,
    '</svg>',
    '',
  ].join('\n');
}
