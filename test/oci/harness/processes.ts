import { readFileSync, readdirSync } from 'node:fs';

/** Whether a process runs; a zombie does not. */
export function isAlive(pid: number): boolean {
  const status = textOf(`/proc/${pid}/status`);
  return status !== '' && !/^State:\s+[ZX]/m.test(status);
}

/** Whether a process waits for something. */
export function isAsleep(pid: number): boolean {
  return /^State:\s+S/m.test(textOf(`/proc/${pid}/status`));
}

/** Whether a process was stopped by a signal, which takes a moment. */
export function isStopped(pid: number): boolean {
  return /^State:\s+T/m.test(textOf(`/proc/${pid}/status`));
}

/** Whether a process has acted upon the signals that it got, and waits for something. Node.js does so some time after it got them. */
export function hasTakenSignals(pid: number): boolean {
  const status = textOf(`/proc/${pid}/status`);
  return /^State:\s+[^R]/m.test(status) && !/^S(ig|hd)Pnd:\s+.*[^0\s]/m.test(status);
}

/** The arguments of a process, with spaces between them; empty if it has ended. */
export function commandLine(pid: number): string {
  return textOf(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim();
}

/** The children of all threads of a process. They may end at any time; the kernel may leave out some while others end (proc(5)). */
export function childrenOf(pid: number): readonly number[] {
  return namesIn(`/proc/${pid}/task`).flatMap((thread) =>
    textOf(`/proc/${pid}/task/${thread}/children`)
      .split(' ')
      .filter((child) => child !== '')
      .map(Number),
  );
}

/** A file of /proc; empty if its process has ended, before or after it was opened. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** What is in a directory; nothing if it is gone, before or after it was opened. */
export function namesIn(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
