import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { Runtime } from '../../../src/library/index.js';
import {
  afterTest,
  childrenOf,
  commandLine,
  created,
  describe,
  expect,
  isAlive,
  isAsleep,
  makeBundle,
  newId,
  newPath,
  pause,
  stateOf,
  stateRoot,
  test,
  until,
} from '../../oci/harness/index.js';

const library = new URL('../../../dist/library/index.js', import.meta.url).pathname;
const root = `${stateRoot}-exit`;

/** A program, or a worker of one, that has three containers: created, running, and running in a pool's slot. */
const script = `
import { Worker, isMainThread, parentPort } from 'node:worker_threads';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Runtime } from ${JSON.stringify(library)};
const [, , root, bundle, how, name] = process.argv;
async function work() {
  const runtime = new Runtime({ root, killOnExit: true });
  const make = (id) => runtime.create({ id: name + id, bundle, stdio: 'ignore' });
  const created = await make('-created');
  const running = await make('-running');
  await running.start();
  if (how !== 'terminate') await running.exec(['sleep', '1000'], { stdio: 'ignore' });
  const pool = await runtime.prewarm({ count: 1, bundle });
  const warm = await make('-warm');
  await warm.start();
  if (pool.warm !== 1) throw new Error('no slot was used');
  if (how === 'creating') void make('-half');
  return [created, running, warm].map(({ pid }) => pid);
}
const tell = (pids) => process.stdout.write(JSON.stringify(pids) + '\\n');
if (!isMainThread) parentPort.postMessage(await work());
else if (how.startsWith('terminate')) {
  const worker = new Worker(fileURLToPath(import.meta.url), { argv: process.argv.slice(2) });
  const [pids] = await once(worker, 'message');
  await worker.terminate();
  tell(pids);
  setInterval(() => undefined, 1000);
} else {
  tell(await work());
  if (how === 'exit') process.exit(3);
  if (how === 'throw') throw new Error('uncaught');
  if (how === 'return') process.stdin.destroy();
  else setInterval(() => undefined, 1000);
}
`;

interface Program {
  readonly child: ChildProcess;
  readonly name: string;
  readonly pids: readonly number[];
}

async function started(how: string, name: string, bundle: string): Promise<Program> {
  const path = `${newPath()}.mjs`;
  writeFileSync(path, script);
  const child = spawn(process.execPath, [path, root, bundle, how, name], { stdio: ['pipe', 'pipe', 'pipe'] });
  afterTest(() => void child.kill('SIGKILL'));
  const errors = text(child.stderr);
  const lines = createInterface({ input: child.stdout });
  const line = await Promise.race([once(lines, 'line'), once(lines, 'close')]);
  if (line.length === 0) throw new Error(await errors);
  return { child, name, pids: JSON.parse(String(line[0])) as number[] };
}

/** The cgroups of the containers of a program that may have ended: what is removed at this moment is left out. */
const cgroupsOf = (ids: readonly string[]): readonly string[] =>
  ids.flatMap((id) => {
    try {
      const { cgroup } = JSON.parse(readFileSync(join(root, id, 'state.json'), 'utf8')) as { readonly cgroup: string };
      return [cgroup];
    } catch {
      return [];
    }
  });

const sleeping = (): string => makeBundle({ script: 'sleep 1000' }).directory;

async function gone({ name, pids }: Program, cgroups: readonly string[]): Promise<void> {
  await until('the containers are removed', () => !readdirSync(root).some((id) => id.startsWith(name)));
  expect(pids.filter(isAlive)).toEqual([]);
  expect(cgroups.filter(existsSync)).toEqual([]);
}

/** The process that watches a program: its only child that runs this. A look may miss it (proc(5)). */
const watcherOf = (child: ChildProcess): Promise<number> =>
  until('the process that watches', () => childrenOf(child.pid ?? 0).find((pid) => commandLine(pid).includes('exit_watch/main.js')));

/** The process that watches has not this one's environment, and so no sanitizer, which the addon then lacks. */
const isSanitized = process.env['LD_PRELOAD'] !== undefined;

describe.skipIf(isSanitized)('killOnExit', () => {
  test.each(['SIGKILL', 'SIGTERM', 'exit', 'throw', 'return', 'terminate'])(
    'removes all containers after %s, and no others',
    async (how) => {
      const bundle = sleeping();
      const other = await created();
      const runtime = new Runtime({ root });
      const ours = await runtime.create({ id: newId(), bundle, stdio: 'ignore' });
      afterTest(() => ours.delete({ force: true }));
      await ours.start();
      const program = await started(how, `a-${how}`, bundle);
      const ids = readdirSync(root).filter((id) => id.startsWith(program.name));
      const cgroups = cgroupsOf(ids);
      if (how.startsWith('SIG')) {
        expect([ids.length, cgroups.length]).toEqual([3, 3]);
        program.child.kill(how as NodeJS.Signals);
      }
      await gone(program, cgroups);
      expect(ours.state().status).toBe('running');
      expect((await stateOf(other.id)).status).toBe('created');
    },
  );

  test('removes what a creation left that was killed at any moment', async () => {
    const bundle = sleeping();
    for (const delay of [0, 1, 2, 3, 5, 8]) {
      const program = await started('creating', `half-${delay}`, bundle);
      await pause(delay);
      program.child.kill('SIGKILL');
      await gone(program, []);
    }
  });

  test('leaves a container that another program has created with the id of a deleted one', async () => {
    const bundle = sleeping();
    const program = await started('wait', 'taken', bundle);
    const runtime = new Runtime({ root });
    await runtime.delete('taken-running', { force: true });
    const ours = await runtime.create({ id: 'taken-running', bundle, stdio: 'ignore' });
    afterTest(() => ours.delete({ force: true }));
    program.child.kill('SIGKILL');
    await until('the others are removed', () => readdirSync(root).filter((id) => id.startsWith('taken')).length === 1);
    await pause(200);
    expect(ours.state().status).toBe('created');
  });

  test('starts the process that watches again if somebody has killed it', async () => {
    const program = await started('wait', 'killed', sleeping());
    const first = await watcherOf(program.child);
    // One that ends at once is not started again.
    await pause(1100);
    process.kill(first, 'SIGKILL');
    await until('there is another', async () => (await watcherOf(program.child)) !== first);
    // The program tells it of the containers immediately after it has started it.
    await until('the program waits again', () => isAsleep(program.child.pid ?? 0));
    program.child.kill('SIGKILL');
    await gone(program, []);
  });

  test('keeps no program alive, ends with it, and holds nothing of it', async () => {
    const program = await started('wait', 'held', sleeping());
    const watcher = await watcherOf(program.child);
    const environment = readFileSync(`/proc/${watcher}/environ`, 'utf8').split('\0').filter(Boolean);
    expect(environment.filter((line) => !/^(XDG_RUNTIME_DIR|DBUS_\w+)=/.test(line))).toEqual([]);
    program.child.kill('SIGKILL');
    await gone(program, []);
    await until('it has ended', () => !isAlive(watcher));
  });

  // The kernel ends a pid namespace when the processes that entered it have been reaped, which only their parent can do.
  test('after worker.terminate(), a container with a process of exec is removed at the latest with the program', async () => {
    const program = await started('terminate-exec', 'worker', sleeping());
    await until('the others are removed', () => readdirSync(root).filter((id) => id.startsWith('worker')).length <= 1);
    program.child.kill('SIGKILL');
    await gone(program, []);
  });

  test('without it, containers run on', async () => {
    const path = `${newPath()}.mjs`;
    writeFileSync(path, script.replace(', killOnExit: true', ''));
    const child = spawn(process.execPath, [path, root, sleeping(), 'wait', 'on'], { stdio: ['pipe', 'pipe', 'ignore'] });
    await once(createInterface({ input: child.stdout }), 'line');
    child.kill('SIGKILL');
    await once(child, 'exit');
    await pause(300);
    const runtime = new Runtime({ root });
    expect(runtime.get('on-running').state().status).toBe('running');
    for (const id of ['on-created', 'on-running', 'on-warm']) await runtime.delete(id, { force: true });
  });
});
