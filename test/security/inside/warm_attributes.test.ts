/** A program that changes between making a slot and its use: the container must equal one that is created from scratch now. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { constants, getPriority, setPriority } from 'node:os';
import { Runtime } from '../../../src/library/index.js';
import { afterTest, describe, expect, makeBundle, newId, stateRoot, test } from '../../oci/harness/index.js';

/** What a process can see of what it has inherited; without times, and what is new for each container. */
const view = `
  grep -E '^(Umask|Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp|Speculation|Cpus_allowed|Mems_allowed|Sig(Blk|Ign))' /proc/self/status
  cat /proc/self/limits /proc/self/personality /proc/self/timerslack_ns /proc/self/oom_score_adj
  cat /proc/self/coredump_filter /proc/self/loginuid /proc/self/attr/current 2>&1
  sed 's/.*) //' /proc/$$/stat | cut -d' ' -f16,17,38,39
  ionice; hostname; pwd; umask; cut -d: -f1,2 /proc/self/cgroup; awk '{ print $5, $6 }' /proc/self/mountinfo
  for name in /proc/self/ns/*; do echo $name; done
  ls -l /proc/self/fd | wc -l`;

interface Seen {
  readonly output: string;
  readonly warm: number | null;
}

async function seen(runtime: Runtime, bundle: string): Promise<Seen> {
  const { stdout, stderr } = await runtime.run({ id: newId(), bundle });
  return { output: stdout + stderr, warm: runtime.pool?.warm ?? null };
}

const self = String(process.pid);
const run = (...[file = '', ...args]: readonly string[]): string => execFileSync(file, args, { encoding: 'utf8' });

/** Writes to a file of the program's in /proc; returns what restores it. */
function written(name: string, value: string): () => void {
  const path = `/proc/self/${name}`;
  const before = readFileSync(path, 'utf8').trim();
  writeFileSync(path, value);
  return () => {
    writeFileSync(path, name === 'coredump_filter' ? `0x${before}` : before);
  };
}

function limited(resource: string, value: string): () => void {
  const before = run('prlimit', '--pid', self, `--${resource}`, '--output', 'SOFT', '--noheadings').trim();
  run('prlimit', '--pid', self, `--${resource}=${value}:`);
  return () => void run('prlimit', '--pid', self, `--${resource}=${before}:`);
}

/** The name, and what makes the change and returns what restores it. */
const changes: readonly (readonly [string, () => () => void])[] = [
  [
    'nice value',
    () => {
      const before = getPriority();
      setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
      return () => {
        setPriority(before);
      };
    },
  ],
  ['scheduling policy', () => (run('chrt', '--batch', '-p', '0', self), () => void run('chrt', '--other', '-p', '0', self))],
  ['I/O priority', () => (run('ionice', '-c', '2', '-n', '7', '-p', self), () => void run('ionice', '-c', '0', '-p', self))],
  [
    'processors',
    () => {
      const before = run('taskset', '-cp', self).split(': ')[1]?.trim() ?? '';
      run('taskset', '-cp', '0', self);
      return () => void run('taskset', '-cp', before, self);
    },
  ],
  ['timer slack', () => written('timerslack_ns', '7000000')],
  ['OOM score', () => written('oom_score_adj', '321')],
  ['core dump filter', () => written('coredump_filter', '0x5')],
  ['limit of core dumps', () => limited('core', '4096')],
  ['limit of queued signals', () => limited('sigpending', '1234')],
  [
    'umask',
    () => {
      const before = process.umask(0o007);
      return () => void process.umask(before);
    },
  ],
  [
    'groups',
    () => {
      const before = process.getgroups?.() ?? [];
      process.setgroups?.([...before, 4242]);
      return () => process.setgroups?.(before);
    },
  ],
];

describe('a container is like one that is created from scratch, although the program has changed since its slot was made:', () => {
  test.each(changes)('%s', async (_, change) => {
    // What the configuration does not set is inherited.
    const bundle = makeBundle({ script: view, config: (config) => delete config.process.rlimits }).directory;
    const runtime = new Runtime({ root: stateRoot });
    const pool = await runtime.prewarm({ count: 1, bundle });
    afterTest(() => pool.close());
    const before = await seen(runtime, bundle);
    expect(before.warm).toBe(1);
    await pool.fill();
    afterTest(change());
    const after = await seen(runtime, bundle);
    // Once without a slot, and once from a slot that was made since.
    expect(after.warm).toBe(1);
    await pool.fill();
    const now = await seen(new Runtime({ root: stateRoot }), bundle);
    expect(after.output).toBe(now.output);
    expect(await seen(runtime, bundle)).toEqual({ output: now.output, warm: 2 });
  });

  test('nothing but its working directory, and the slot is used', async () => {
    const bundle = makeBundle({ script: view }).directory;
    const runtime = new Runtime({ root: stateRoot });
    const pool = await runtime.prewarm({ count: 1, bundle });
    afterTest(() => pool.close());
    const before = process.cwd();
    process.chdir('/tmp');
    afterTest(() => {
      process.chdir(before);
    });
    const warm = await seen(runtime, bundle);
    expect([warm.warm, warm.output]).toEqual([1, (await seen(new Runtime({ root: stateRoot }), bundle)).output]);
  });
});

test('a container has the timer slack of the first thread, whichever thread makes it', async () => {
  const bundle = makeBundle({ script: 'cat /proc/self/timerslack_ns' }).directory;
  // Their threads exist before the change.
  const runtime = new Runtime({ root: stateRoot });
  await Promise.all([1, 2, 3, 4, 5, 6].map(() => runtime.run({ id: newId(), bundle })));
  afterTest(written('timerslack_ns', '8000000'));
  const outputs = await Promise.all([1, 2, 3, 4, 5, 6].map(async () => (await runtime.run({ id: newId(), bundle })).stdout));
  expect(new Set(outputs)).toEqual(new Set(['8000000\n']));
});
