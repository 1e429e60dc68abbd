import { readFileSync, readdirSync } from 'node:fs';
import { Runtime } from '../../src/library/index.js';
import {
  afterTest,
  bystander,
  cgroup2Mount,
  exec,
  expect,
  makeBundle,
  mark,
  newId,
  pause,
  remains,
  rounds,
  running,
  runtime,
  stateRoot,
  succeed,
  test,
  until,
} from './harness/index.js';

/** Our child processes that have not been waited for. */
function zombies(): readonly string[] {
  return readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return state === 'Z' && Number(parent) === process.pid;
    } catch {
      return false; // Gone.
    }
  });
}

const cgroupsWithMark = (directory: string): readonly string[] =>
  readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => (name.includes(mark) ? [name] : []));

/** What this process and this machine have open. */
function held(): unknown {
  return {
    descriptors: readdirSync('/proc/self/fd').length,
    // All below the directories of the tests. Others mount things, too.
    mounts: readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .filter((line) => line.includes(mark)),
    cgroups: cgroup2Mount === null ? [] : cgroupsWithMark(cgroup2Mount),
    state: readdirSync(stateRoot).sort(),
    zombies: zombies(),
  };
}

const megabytes = (): number => process.memoryUsage.rss() / 2 ** 20;

test('the command leaves the machine unchanged after many containers', { timeout: 14_400_000 }, async () => {
  const other = await bystander();
  afterTest(() => other.end());
  const turn = async (): Promise<void> => {
    const { id } = await running();
    succeed(await exec(id, ['true']));
    succeed(await runtime(['kill', id, 'KILL']));
    succeed(await runtime(['delete', '--force', id]));
    expect(await remains(id)).toEqual([]);
  };
  await turn();
  const before = held();
  for (let round = 0; round < rounds(15); round++) await turn();
  await expectHeld(before);
  await other.unharmed();
});

/** Some of it is closed, or reaped, in the background. */
async function expectHeld(before: unknown): Promise<void> {
  await until('what was held before', () => JSON.stringify(held()) === JSON.stringify(before)).catch(() => expect(held()).toEqual(before));
}

/** Node.js closes the pipes of the last container in a later turn of its event loop. */
async function settled(): Promise<void> {
  for (let same = 0, last = ''; same < 5; await pause(20)) {
    const now = JSON.stringify(held());
    same = now === last ? same + 1 : 0;
    last = now;
  }
}

test('the library leaves its process unchanged after many containers', { timeout: 14_400_000 }, async () => {
  const library = new Runtime({ root: stateRoot });
  const bundle = makeBundle({ script: 'sleep 1000' });
  const ending = makeBundle({ script: 'echo on' });
  const turn = async (): Promise<void> => {
    const container = await library.create({ id: newId(), bundle: bundle.directory, stdio: ['ignore', 'ignore', 'ignore'] });
    await container.start();
    const process = await container.exec(['true'], { stdio: ['ignore', 'ignore', 'ignore'] });
    expect(await process.wait()).toEqual({ code: 0, signal: null });
    await container.delete({ force: true });
    await library.run({ id: newId(), bundle: ending.directory });
  };
  for (let round = 0; round < 5; round++) await turn();
  await settled();
  const before = held();
  const memory = megabytes();
  for (let round = 0; round < rounds(25); round++) await turn();
  await expectHeld(before);
  // Garbage collection takes time; a leak per container would add up to more, at least within hours.
  expect(megabytes() - memory).toBeLessThan(64);
});
