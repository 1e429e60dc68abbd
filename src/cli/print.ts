import { printableLines } from '../errors/printable.js';
import { sys } from '../sys/call.js';

/** Prints lines to standard output and ends the last one with a newline. */
export function printLine(text: string): void {
  sys().writeText({ fd: 1, text: `${printableLines(text)}\n` });
}
