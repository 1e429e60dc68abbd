import { describe, meet, pointsOf, sample, test, verbCases } from './harness/index.js';

// Kills tsrun, or a tsrun-init that it started, instead of making the call.
describe('SIGKILL before a system call leaves nothing that delete --force cannot remove', () => {
  test.each(verbCases)('in $name', { timeout: 7_200_000 }, (verb) =>
    meet({
      verb,
      kind: 'kill',
      file: 'kill.test.ts',
      accidents: async () =>
        sample(`kill ${verb.name}`, await pointsOf(verb), 16).map(({ process, call, name }) => ({
          verb,
          action: ['kill', process, call],
          at: `before ${name}`,
        })),
    }),
  );
});
