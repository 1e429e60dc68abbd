import {
  afterTest,
  badWords,
  bystander,
  created,
  describe,
  expect,
  makeBundle,
  newId,
  news,
  pause,
  randomOf,
  remains,
  rounds,
  running,
  runtime,
  startRuntime,
  stopped,
  test,
  type Bundle,
  type Outcome,
} from './harness/index.js';

interface Race {
  readonly name: string;
  /** Prepares what the race needs and returns the id that it is about. */
  readonly ready: () => Promise<string> | string;
  readonly first: (id: string) => readonly string[];
  readonly second: (id: string) => readonly string[];
  /** Exit codes without a message, besides 0: those of a program. */
  readonly silent?: readonly number[];
  /** What two outcomes may not report together. */
  readonly impossible?: (first: Outcome, second: Outcome) => string | false;
}

let sleeping: Bundle | undefined;
let short: Bundle | undefined;
const bundle = (): string => (sleeping ??= makeBundle()).directory;
// It ends by itself, in case the other verb ran before anything existed.
const soonOver = (): string => (short ??= makeBundle({ args: ['sleep', '0.05'] })).directory;
const bothSucceed = (first: Outcome, second: Outcome): string | false => first.code === 0 && second.code === 0 && 'both succeed';
const made = async (): Promise<string> => (await created()).id;
const runs = async (): Promise<string> => (await running()).id;
const create = (id: string): readonly string[] => ['create', '--bundle', bundle(), id];
const remove = (id: string): readonly string[] => ['delete', '--force', id];

const races: readonly Race[] = [
  { name: 'create and create', ready: newId, first: create, second: create, impossible: bothSucceed },
  { name: 'create and delete --force', ready: newId, first: create, second: remove },
  { name: 'start and start', ready: made, first: (id) => ['start', id], second: (id) => ['start', id], impossible: bothSucceed },
  { name: 'start and kill', ready: made, first: (id) => ['start', id], second: (id) => ['kill', id, 'KILL'] },
  { name: 'start and delete --force', ready: made, first: (id) => ['start', id], second: remove },
  { name: 'run and delete --force', ready: newId, first: (id) => ['run', '--bundle', soonOver(), id], second: remove, silent: [137] },
  { name: 'delete and delete', ready: async () => (await stopped()).id, first: (id) => ['delete', id], second: (id) => ['delete', id] },
  { name: 'delete --force and delete --force', ready: runs, first: remove, second: remove },
  { name: 'exec and kill', ready: runs, first: (id) => ['exec', id, 'sleep', '0.01'], second: (id) => ['kill', id, 'KILL'], silent: [137] },
  { name: 'exec and delete --force', ready: runs, first: (id) => ['exec', id, 'sleep', '0.01'], second: remove, silent: [137] },
  { name: 'pause and delete --force', ready: runs, first: (id) => ['pause', id], second: remove },
  { name: 'pause and resume', ready: runs, first: (id) => ['pause', id], second: (id) => ['resume', id] },
  {
    name: 'list and delete --force',
    ready: runs,
    first: () => ['list'],
    second: remove,
    impossible: ({ code, stderr }) => (code !== 0 || stderr !== '') && `list: ${code}: ${stderr}`,
  },
];

/** Runs both, the second a little later or earlier. Neither may hang, and each must report what happened. */
async function meeting(race: Race, round: number): Promise<readonly string[]> {
  const random = randomOf(`${race.name} ${round}`);
  const id = await race.ready();
  const later = (random() - 0.3) * 12;
  const call = async (args: readonly string[], delay: number): Promise<Outcome> => {
    await pause(Math.max(0, delay));
    return startRuntime(args).done;
  };
  const [first, second] = await Promise.all([call(race.first(id), -later), call(race.second(id), later)]);
  const wrong = [first, second]
    .filter(({ code }) => code !== 0 && race.silent?.includes(code) !== true)
    .flatMap(({ stderr }) => badWords(stderr));
  const together = race.impossible?.(first, second);
  if (together !== undefined && together !== false) wrong.push(together);
  const removal = await runtime(remove(id));
  if (removal.code !== 0) wrong.push(`delete --force: ${removal.stderr}`);
  wrong.push(...(await remains(id)));
  return wrong.map((what) => `${race.name}, round ${round}: ${what}`);
}

describe('two verbs at once on one container leave a true state', () => {
  test.each(races)('$name', { timeout: 7_200_000 }, async (race) => {
    const other = await bystander();
    afterTest(() => other.end());
    const wrong: string[] = [];
    for (let round = 0; round < rounds(8); round++) wrong.push(...(await meeting(race, round)));
    await other.unharmed();
    expect(news(wrong).join('\n')).toBe('');
  });

  test('of two creates with one cgroup, one is refused', { timeout: 7_200_000 }, async () => {
    const wrong: string[] = [];
    for (let round = 0; round < rounds(8); round++) wrong.push(...(await onOneCgroup(round)));
    expect(news(wrong).join('\n')).toBe('');
  });
});

/** The loser must not damage the winner's cgroup. */
async function onOneCgroup(round: number): Promise<readonly string[]> {
  const ids = [newId(), newId()];
  const shared = makeBundle({ config: (config) => (config.linux.cgroupsPath = `/${newId()}`) });
  const outcomes = await Promise.all(ids.map((id) => runtime(['create', '--bundle', shared.directory, id])));
  const winners = ids.filter((_, index) => outcomes[index]?.code === 0);
  const wrong = outcomes.filter(({ code }) => code !== 0).flatMap(({ stderr }) => badWords(stderr));
  if (winners.length !== 1) wrong.push(`${winners.length} succeed`);
  for (const id of ids.filter((one) => !winners.includes(one))) await runtime(remove(id));
  for (const id of winners) {
    const { code, stdout } = await runtime(['state', id]);
    if (code !== 0 || !stdout.includes('"created"')) wrong.push(`the state of who won: ${stdout}`);
    await runtime(remove(id));
  }
  return wrong.map((what) => `two creates on one cgroup, round ${round}: ${what}`);
}
