import { colourOf } from './colours.mjs';
import { labelOf } from './labels.mjs';

const [width, rowHeight, left, top, right] = [720, 26, 200, 44, 90];
const escape = (text) => text.replace(/[&<>"]/g, (character) => `&#${character.codePointAt(0)};`);

/** The picture for the README: one bar a subject, the median of `run`, the shortest first. An SVG without scripts or fonts of its own. */
export function overview({ measured, versions, machine, date }) {
  const bars = Object.entries(measured.run)
    .map(([subject, { median, p99 }]) => ({ subject, median, p99, label: labelOf(subject, versions) }))
    .sort((a, b) => a.median - b.median);
  const height = top + bars.length * rowHeight + 28;
  const scale = (width - left - right) / bars.at(-1).median;
  const rows = bars.map(({ subject, median, p99, label }, index) => {
    const y = top + index * rowHeight;
    const length = Math.max(1, median * scale).toFixed(1);
    return [
      `<text x="${left - 8}" y="${y + 14}" text-anchor="end">${escape(label)}</text>`,
      `<rect x="${left}" y="${y}" width="${length}" height="18" rx="2" fill="${colourOf(subject)}"><title>p99: ${p99.toFixed(2)} ms</title></rect>`,
      `<text x="${(left + Number(length) + 6).toFixed(1)}" y="${y + 14}">${median.toFixed(2)} ms</text>`,
    ].join('');
  });
  const machineWords = `${machine.processor}, ${machine.cores} cores, Linux ${machine.kernel}, ${date}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="13">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<text x="12" y="26" font-size="15" font-weight="bold">Start, run and remove a container (/bin/true, default bundle): median</text>`,
    ...rows,
    `<text x="12" y="${height - 8}" font-size="11" fill="#666666">${escape(machineWords)}</text>`,
    '</svg>',
    '',
  ].join('\n');
}
