import { constants } from 'node:os';
import { describe, expect, interfere, meet, pointsOf, sample, test, verbCases, type Accident, type VerbCase } from './harness/index.js';

const file = 'signals.test.ts';
const ending = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
const harmless = ['SIGWINCH', 'SIGCHLD'] as const;

/** A signal for tsrun before one of its own calls or of its tsrun-init's. */
async function accidents(verb: VerbCase): Promise<readonly Accident[]> {
  const points = await pointsOf(verb);
  const all = points.flatMap(({ process, call, name }) =>
    [...ending, ...harmless].map((signal): Accident => ({
      verb,
      action: ['signal', process, call, constants.signals[signal]],
      at: `${signal} before ${name}`,
    })),
  );
  return sample(`signal ${verb.name}`, all, 8);
}

describe('a signal before a system call leaves a true state', () => {
  test.each(verbCases)('during $name', { timeout: 14_400_000 }, (verb) =>
    meet({ verb, kind: 'signal', file, accidents: () => accidents(verb) }),
  );
});

test('SIGTERM while run removes its container leaves nothing', () => {
  const verb = verbCases.find(({ name }) => name === 'run') as VerbCase;
  const removal = async (): Promise<readonly Accident[]> => {
    const points = (await pointsOf(verb)).filter(({ process }) => process === 0);
    const end = points.map(({ name }) => name).lastIndexOf('waitid');
    const all = points
      .slice(end)
      .map(({ call, name }): Accident => ({ verb, action: ['signal', 0, call, constants.signals.SIGTERM], at: `before ${name}` }));
    return sample('removal', all, 12);
  };
  return meet({ verb, kind: 'signal', file, accidents: removal });
});

test('SIGTERM does not end update once it has begun to change the container', async () => {
  const verb = verbCases.find(({ name }) => name === 'update') as VerbCase;
  const points = (await pointsOf(verb)).filter(({ process }) => process === 0);
  const begin = points.findIndex(({ name }) => name === 'bpf');
  for (const { call, name } of sample('update', points.slice(begin + 1), 8)) {
    const { args, untrue } = await verb.prepare();
    const { outcome, signal } = await interfere({ action: ['signal', 0, call, constants.signals.SIGTERM], args });
    expect({ at: name, signal, code: outcome.code, untrue: await untrue(outcome) }).toEqual({ at: name, signal: 0, code: 0, untrue: [] });
  }
});

// Calls that fail with EINTR or EAGAIN because a signal is pending succeed when repeated. A handler makes two calls, so with fewer calls
// between two signals nothing else would run.
describe('a storm of harmless signals does not disturb a verb', () => {
  const storms = (verb: VerbCase): readonly Accident[] =>
    harmless.flatMap((signal) =>
      [4, 5].map((every): Accident => ({ verb, action: ['storm', every, constants.signals[signal]], at: signal })),
    );
  test.each(verbCases)('during $name', (verb) => meet({ verb, kind: 'storm', file, accidents: () => storms(verb) }));
});
