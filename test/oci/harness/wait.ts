/**
 * Waits until `look` returns something that is neither undefined nor false; fails after `limit` milliseconds. The limit is far above what
 * anything takes, because a machine may be busy: only a test that fails waits so long.
 */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  limit = 30_000,
): Promise<T> {
  const end = Date.now() + limit;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (Date.now() > end) throw new Error(`waited ${limit} ms in vain: ${what}`);
    await pause(10);
  }
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}

/** A command for a shell of busybox that waits until somebody listens at a TCP port of its network namespace. */
export function untilListening(port: number): string {
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')} .* 0A `;
  return `until cat /proc/net/tcp* | grep -q "${local}"; do sleep 0.02; done`;
}

/**
 * Repeats what races with an enemy: `rounds` times, and then on until it has succeeded once, at most ten times as often, because on a
 * slow machine the enemy may win each of few rounds.
 *
 * @param attempt - gets the number of the round; whether it succeeded
 * @returns how often it succeeded
 */
export async function race(rounds: number, attempt: (round: number) => Promise<boolean>): Promise<number> {
  let succeeded = 0;
  for (let round = 0; round < rounds || (succeeded === 0 && round < 10 * rounds); round++) if (await attempt(round)) succeeded++;
  return succeeded;
}
