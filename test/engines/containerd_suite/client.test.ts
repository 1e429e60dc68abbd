/**
 * containerd's own tests of its client and its shims, with tsrun's shim and with the one for runc: what passes with the latter has to pass
 * with tsrun's. Some fail with both, because they need a controller of the machine or a program of the image that is not there.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { startMachine, useRoot } from '../harness/machine.js';

const root = resolve('.cache/containerd-tests');
const script = new URL('inside.sh', import.meta.url).pathname;

/** The tests of containers and their processes, not those of images and snapshots. */
const subjects = [
  ...['Container', 'Task', 'Daemon', 'Process', 'Pid', 'Checkpoint', 'CR', 'Exec', 'IDMap', 'Shim', 'BadProcess', 'Regression'],
  ...['UserNamespaces', 'RestartMonitor', 'RuntimeInfo', 'NewTask'],
];
const pattern = `^Test(${subjects.join('|')})`;

interface Results {
  readonly passed: readonly string[];
  readonly failed: readonly string[];
}

/** In a machine of its own, in which nothing of the other shim is left. */
async function run(shim: string): Promise<Results> {
  useRoot(root);
  const machine = await startMachine();
  try {
    const { stdout } = await machine.start([script, shim, pattern], { timeout: 400_000 }).done;
    expect(stdout).toMatch(/ended with [01]\n$/);
    const named = (result: string): readonly string[] =>
      [...stdout.matchAll(new RegExp(`^ *--- ${result}: (\\S+)`, 'gm'))].map(([, name]) => name ?? '').sort();
    return { passed: named('PASS'), failed: named('FAIL') };
  } finally {
    await machine.stop();
  }
}

if (!existsSync(`${root}/suite/client.test`)) {
  test.skip(`${root} has no tests of containerd: scripts/setup/containerd_tests.sh compiles them`);
} else {
  test('each test of containerd that passes with the shim for runc passes with tsrun', async () => {
    const runc = await run('runc');
    const tsrun = await run('tsrun');
    expect(runc.passed.length).toBeGreaterThan(50);
    expect(tsrun.failed.filter((name) => !runc.failed.includes(name))).toEqual([]);
    expect(runc.passed.filter((name) => !tsrun.passed.includes(name))).toEqual([]);
  }, 900_000);
}
