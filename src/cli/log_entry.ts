import { printable } from '../errors/printable.js';

/** A log entry that is not a failure. */
export interface LogEntry {
  readonly level: 'warning' | 'debug';
  readonly message: string;
  /** Further members of the entry. */
  readonly fields?: Readonly<Record<string, string | number>>;
}

/** Formats an entry as a line of JSON, with the members of logrus. */
export function jsonEntry({ level, message, fields }: LogEntry, time: number): string {
  return printable(JSON.stringify({ level, msg: message, time: new Date(time).toISOString(), ...fields }));
}

/** Formats an entry as logrus writes it as text. */
export function textEntry({ level, message, fields = {} }: LogEntry, time: number): string {
  const words = Object.entries(fields).map(([name, value]) => ` ${name}=${typeof value === 'number' ? value : quote(value)}`);
  return `time=${quote(new Date(time).toISOString())} level=${level} msg=${quote(message)}${words.join('')}`;
}

/** Like logrus: unquoted if nothing in the text could be misread. */
function quote(text: string): string {
  return /^[A-Za-z0-9\-._/@^+]+$/.test(text) ? text : printable(JSON.stringify(text));
}
