import { door } from '../native/call.js';

/** A line on standard output. */
export function printLine(text: string): void {
  door().writeText({ fd: 1, text: `${text}\n` });
}
