import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import {
  afterTest,
  cgroup2Mount,
  describe,
  expect,
  leftovers,
  mark,
  stateRoot,
  test,
  commandLine,
  newDirectory,
  until,
} from '../harness/index.js';

/** Sleeps until the test is over. */
function sleeper(name: string, environment: Readonly<Record<string, string>> = {}, wrapper: readonly string[] = []): ChildProcess {
  const [program = '', ...args] = [...wrapper, 'sleep', '1000'];
  const child = spawn(program, args, { argv0: name, env: { ...process.env, ...environment }, stdio: 'ignore' });
  afterTest(
    () =>
      new Promise((resolve) => {
        child.on('exit', resolve);
        child.kill('SIGKILL');
      }),
  );
  return child;
}

const found = (): readonly string[] => leftovers(mark, stateRoot).map(({ what }) => what);
const processes = (): readonly string[] => found().flatMap((what) => /^process (\d+)/.exec(what)?.[1] ?? []);

describe('what a test left is found', () => {
  test('a process that has the mark in its arguments, or in its environment', () => {
    const [named, marked] = [sleeper(mark), sleeper('sleep', { MARK: mark })];
    sleeper('sleep');
    // The process ids may begin anew between them.
    expect(new Set(processes())).toEqual(new Set([named, marked].map(({ pid }) => String(pid))));
  });

  test('a process with a copy of our mounts, unless another file of tests started one there', async () => {
    const directory = newDirectory();
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', directory]);
    const copied = ['unshare', '--mount', '--propagation', 'private'];
    const [ours, others] = [sleeper('unshare', {}, copied), sleeper('unshare', { TSRUN_TEST: 'tsrun-test-other' }, copied)];
    await until('both run', () => [ours, others].every(({ pid }) => commandLine(pid ?? 0) === 'sleep 1000'));
    execFileSync('umount', [directory]);
    const both = [ours, others].map(({ pid }) => String(pid));
    // Anybody else on the machine may have copied the mount, too.
    expect(processes().filter((pid) => both.includes(pid))).toEqual([String(ours.pid)]);
  });

  test.runIf(cgroup2Mount !== null)('a cgroup below others, and a process in it', () => {
    const parent = `${cgroup2Mount ?? ''}/tsrun-outer-${process.pid}`;
    const cgroup = `${parent}/inner/${mark}`;
    mkdirSync(cgroup, { recursive: true });
    afterTest(() => [cgroup, `${parent}/inner`, parent].forEach((path) => rmdirSync(path)));
    expect(found()).toEqual([`cgroup ${cgroup}`]);

    const { pid } = sleeper('sleep');
    writeFileSync(`${cgroup}/cgroup.procs`, String(pid));
    expect(found()).toEqual([expect.stringMatching(`^process ${pid}: sleep`), `cgroup ${cgroup}`]);
  });
});
