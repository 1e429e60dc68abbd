import type { ContainerRecord } from './record.js';

const mostKept = 16;
const written = new Map<string, ContainerRecord>();

/** Caches a record that this process wrote, because a program that creates a container usually starts and deletes it too. */
export function rememberWritten(text: string, record: ContainerRecord): void {
  const [oldest] = written.keys();
  if (written.size >= mostKept && oldest !== undefined) written.delete(oldest);
  written.set(text, record);
}

/** Returns the record that this process wrote as exactly this text, which need not be parsed and checked again. */
export function recallWritten(text: string): ContainerRecord | undefined {
  return written.get(text);
}
