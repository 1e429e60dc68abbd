import { printableLines } from '../errors/printable.js';
import { sys } from '../sys/call.js';

/** Lines on standard output, the last of which is ended here. */
export function printLine(text: string): void {
  sys().writeText({ fd: 1, text: `${printableLines(text)}\n` });
}
