/** Formats rows of cells as lines; the first column is left-aligned, the others right-aligned. */
export function textTable(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column])))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export const milliseconds = (value) => (value === undefined ? '-' : value.toFixed(value < 1 ? 3 : 2));
export const mebibytes = (kibibytes) => (kibibytes === undefined ? '-' : (kibibytes / 1024).toFixed(1));
export const times = (ratio) => (Number.isFinite(ratio) ? `${ratio.toFixed(2)} x` : '-');
