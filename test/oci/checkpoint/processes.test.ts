/**
 * checkpoint and restore with CRIU itself: what the processes of a container have. Their pipes, files, connections:
 * test/library/checkpoint/criu.test.ts.
 */
import { copyFileSync, existsSync, readFileSync, readdirSync } from 'node:fs';
import { hasCriu, hasSysResource } from '../../programs/criu/real.js';
import {
  can,
  describe,
  execInside,
  expect,
  fail,
  makeBundle,
  newPath,
  openConsole,
  program,
  running,
  runtime,
  stateOf,
  succeed,
  test,
  until,
  type Bundle,
} from '../harness/index.js';
import { count, countsOn, lastNumber, restore, save } from './saved.js';

const call = { timeout: 60_000 };

if (hasCriu && !hasSysResource) console.log('no user but root in the tests with CRIU: CAP_SYS_RESOURCE is missing');
const user = hasSysResource ? 1000 : 0;

/** A bundle with a program of test/programs/criu/. */
function bundleOf(name: string, ...args: string[]): Bundle {
  const bundle = makeBundle({ args: [`/bin/${name}`, ...args] });
  copyFileSync(program(name), `${bundle.rootfs}/bin/${name}`);
  return bundle;
}

describe.runIf(can.tsrun && hasCriu)('a restored container', () => {
  test('has the threads of the saved one, with their names and thread-local values', async () => {
    const bundle = bundleOf('threads');
    const line = /^worker-0 (\d+) worker-1 (\d+) worker-2 (\d+)\n/gm;
    const saved = await save({ bundle, ready: (output) => output.search(line) >= 0 });
    const last = [...saved.written.matchAll(line)].at(-1)?.slice(1).map(Number) ?? [];
    const restored = await restore(saved);
    const { pid } = await stateOf(restored.id);
    expect(readdirSync(`/proc/${pid}/task`)).toHaveLength(4);
    await until('each thread counts on', () => {
      const now = [...restored.output().matchAll(line)].at(-1)?.slice(1).map(Number) ?? [];
      return now.length === 3 && now.every((value, index) => value > (last[index] ?? Infinity));
    });
  });

  test('has the file locks of the saved one with --file-locks', async () => {
    const saved = await save({ bundle: bundleOf('locks', '/dev/shm'), checkpoint: ['--file-locks'] });
    const restored = await restore(saved, ['--file-locks']);
    await countsOn(saved, restored);
    expect(await execInside(restored.id, '/bin/locks /dev/shm try')).toBe('flock held, fcntl held');
    expect(await execInside(restored.id, 'mkdir /dev/shm/other && /bin/locks /dev/shm/other try')).toBe('flock free, fcntl free');
  });

  test('is a process of its own user, with its limits and capabilities', async () => {
    const saved = await save({
      config: (config) => {
        config.process.user = { uid: user, gid: user, additionalGids: [7], umask: 0o27 };
        config.process.rlimits = [{ type: 'RLIMIT_NOFILE', hard: 77, soft: 66 }];
      },
    });
    const restored = await restore(saved);
    await countsOn(saved, restored);
    const status = await execInside(restored.id, 'cat /proc/1/status');
    expect(status).toMatch(new RegExp(`^Uid:(\\s+${user}){4}$`, 'm'));
    expect(status).toMatch(/^Groups:\s+7\s*$/m);
    expect(status).toMatch(/^Umask:\s+0027$/m);
    expect(status).toMatch(/^CapBnd:\s+0000000020000420$/m);
    expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
    expect(await execInside(restored.id, 'cat /proc/1/limits')).toMatch(/^Max open files\s+66\s+77\s/m);
  });

  test('has its terminal on the console socket', async () => {
    const bundle = makeBundle({
      script: count,
      config: (config) => (config.process.terminal = true),
    });
    const first = await openConsole();
    const saved = await save({
      bundle,
      create: ['--console-socket', first.path],
      ready: () => first.call.output().includes('3'),
    });
    const reached = Math.max(...[...first.call.output().matchAll(/\d+/g)].map(Number));
    const second = await openConsole();
    await restore(saved, ['--console-socket', second.path]);
    await until('it writes on the new terminal', () => second.call.output().includes(String(reached + 2)));
  });

  test('in the foreground ends as the program does, and leaves nothing', async () => {
    const saved = await save({ script: 'while [ ! -e /dev/shm/end ]; do echo 1; sleep 0.05; done; exit 7' });
    const id = `${saved.id}-again`;
    const waiting = runtime(['restore', '--image-path', saved.image, '--bundle', saved.bundle.directory, id], call);
    await until('it runs', async () => {
      const state = await runtime(['state', id]);
      return state.code === 0 && state.stdout.includes('"running"');
    });
    await execInside(id, 'touch /dev/shm/end');
    expect((await waiting).code).toBe(7);
    expect((await runtime(['state', id])).code).toBe(1);
  });
});

describe.runIf(can.tsrun && hasCriu)('a checkpoint', () => {
  test('that CRIU refuses leaves the container running, and quotes the error', async () => {
    const container = await running({ bundle: bundleOf('locks', '/dev/shm') });
    await until('it counts', () => lastNumber(container.output()) > 2);
    const image = newPath('.image');
    const error = fail(await runtime(['checkpoint', '--image-path', image, container.id], call));
    expect(error).toMatch(/CRIU failed: .*(lock|--file-locks)/i);
    expect(readFileSync(`${image}/dump.log`, 'utf8')).toContain('Error');
    const reached = lastNumber(container.output());
    await until('it continues', () => lastNumber(container.output()) > reached + 2);
  });

  test('--leave-running of a paused container leaves it paused', async () => {
    const container = await running({ script: count });
    await until('it counts', () => lastNumber(container.output()) > 2);
    succeed(await runtime(['pause', container.id]));
    const image = newPath('.image');
    succeed(await runtime(['checkpoint', '--leave-running', '--image-path', image, container.id], call));
    expect((await stateOf(container.id)).status).toBe('paused');
    const restored = await restore({ bundle: container.bundle, image });
    await until('it counts on', () => lastNumber(restored.output()) > lastNumber(container.output()));
    expect(existsSync(`${image}/inventory.img`)).toBe(true);
  });
});
