import { describe, expect, test } from 'vitest';
import { follow } from '../../../src/init/handshake.js';
import { silenceOf, type Silent } from '../../../src/init/silence.js';
import { bindFakeSys } from '../fake_sys.js';

type Seen = ReturnType<Silent['look']>;

/**
 * Follows a silent process of which these states are seen in order, the last one repeatedly. Returns how long that took, and how it ended.
 */
async function following(
  phase: 'exec' | 'start',
  seen: readonly (Seen | Error)[],
): Promise<{ readonly seconds: number; readonly error: unknown }> {
  let [milliseconds, looks] = [0, 0];
  const look = (): Seen => {
    const one = seen[Math.min(looks++, seen.length - 1)] as Seen | Error;
    if (one instanceof Error) throw one;
    return one;
  };
  bindFakeSys({
    overrides: {
      // Time passes only here.
      whenReadable: ({ timeout }) => {
        milliseconds += timeout;
        if (timeout < 0 || milliseconds > 1e6) throw new Error('waits without an end');
        return -1;
      },
    },
  });
  const silence = silenceOf({ phase, pid: () => 7, look });
  const error: unknown = await follow({ socket: 10, operations: [], phase, onSync: () => undefined, silence }).catch(
    (reason: unknown) => reason,
  );
  return { seconds: milliseconds / 1000, error };
}

describe.each(['exec', 'start'] as const)('%s of a silent process', (phase) => {
  test('waits for one minute at most', async () => {
    const { seconds, error } = await following(phase, ['silent']);
    expect(seconds).toBe(60);
    expect(error).toMatchObject({
      code: 'setup',
      phase,
      message: `${phase}: tsrun-init, process 7, said nothing for a minute before it executed the program`,
    });
  });

  test('ends as soon as the process is found stopped', async () => {
    const { seconds, error } = await following(phase, ['silent', 'busy', 'stopped']);
    expect(seconds).toBe(15);
    expect(error).toMatchObject({ message: `${phase}: tsrun-init, process 7, was stopped before it executed the program` });
  });

  test('does not count the time in which silence is expected', async () => {
    const { seconds } = await following(phase, [...Array<Seen>(20).fill('busy'), 'silent']);
    expect(seconds).toBe(160);
  });

  test('reports its death even if another process keeps its socket open', async () => {
    const death = new Error('it ended');
    expect(await following(phase, ['silent', death])).toEqual({ seconds: 10, error: death });
  });
});
