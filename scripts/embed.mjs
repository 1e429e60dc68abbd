/**
 * Usage: node scripts/embed.mjs FILE SYMBOL OUTPUT.S
 *
 * Writes assembly that puts the bytes of FILE into read-only data, between SYMBOL_start and SYMBOL_end.
 */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

const [file, symbol, output] = process.argv.slice(2);
writeFileSync(
  output,
  `  .section .rodata
  .balign 16
  .global ${symbol}_start, ${symbol}_end
  .hidden ${symbol}_start, ${symbol}_end
${symbol}_start:
  .incbin "${resolve(file)}"
${symbol}_end:
  .section .note.GNU-stack, "", @progbits
`,
);
