/** Signal numbers of x86-64 and arm64 by name, with their synonyms (signal(7)). */
export const signalNumbers: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGIOT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGSTKFLT: 16,
  SIGCHLD: 17,
  SIGCLD: 17,
  SIGCONT: 18,
  SIGSTOP: 19,
  SIGTSTP: 20,
  SIGTTIN: 21,
  SIGTTOU: 22,
  SIGURG: 23,
  SIGXCPU: 24,
  SIGXFSZ: 25,
  SIGVTALRM: 26,
  SIGPROF: 27,
  SIGWINCH: 28,
  SIGIO: 29,
  SIGPOLL: 29,
  SIGPWR: 30,
  SIGSYS: 31,
};

/** What programs see as SIGRTMIN: glibc keeps the kernel's first two for itself (signal(7), "Real-time signals"). */
const realTimeMinimum = 34;
const realTimeMaximum = 64;

/**
 * Returns the number of a signal written as `SIGTERM`, `TERM`, `term` or `15`, or as `SIGRTMIN+3` or `RTMAX-1`; 0 is the probe of kill(2).
 * Returns undefined if there is no such signal.
 */
export function parseSignal(text: string): number | undefined {
  if (/^\d{1,3}$/.test(text)) return inRange(Number(text), 0);
  const upper = text.toUpperCase();
  const name = upper.startsWith('SIG') ? upper : `SIG${upper}`;
  if (Object.hasOwn(signalNumbers, name)) return signalNumbers[name];
  const [, end, offset] = /^SIGRT(MIN|MAX)((?:[+-]\d{1,2})?)$/.exec(name) ?? [];
  if (end === undefined) return undefined;
  return inRange((end === 'MIN' ? realTimeMinimum : realTimeMaximum) + Number(offset), realTimeMinimum);
}

function inRange(number: number, minimum: number): number | undefined {
  return number >= minimum && number <= realTimeMaximum ? number : undefined;
}
