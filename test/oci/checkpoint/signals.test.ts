/** A signal to tsrun alone while CRIU works, or hangs: the container stays as it was, or nothing is left of it. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { hasCriu } from '../../programs/criu/real.js';
import { recordingCriu } from '../../programs/criu/recording.js';
import {
  can,
  describe,
  expect,
  hasTakenSignals,
  makeBundle,
  newDirectory,
  newId,
  newPath,
  running,
  runtime,
  startRuntime,
  stateOf,
  test,
  until,
  type Outcome,
} from '../harness/index.js';
import { added, isUntouched, machine } from './machine.js';
import { count, countsThroughTcp, lastNumber, save } from './saved.js';

/** Starts tsrun, and sends it a signal when the file is there. */
async function signalled(
  line: readonly string[],
  signal: NodeJS.Signals,
  ready: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const call = startRuntime(line, { env, timeout: 60_000 });
  await until('CRIU has reached the step', () => existsSync(ready));
  call.child.kill(signal);
  await until('tsrun has taken the signal', () => hasTakenSignals(call.pid));
  // For a program that waits until the signal was sent.
  writeFileSync(`${ready}-signalled`, '');
  return call.done;
}

/** Expects the end of all programs with a word in their arguments. A killed one, which is not tsrun's child, takes a moment. */
async function expectEnded(word: string): Promise<void> {
  const programs = (): readonly string[] =>
    execFileSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => line.includes(word) && !line.includes('ps -eo'));
  await until('the end of its programs', () => programs().length === 0, 10_000).catch(() => expect(programs()).toEqual([]));
}

/** Lets CRIU continue that waits at a step. */
const proceed = (directory: string): void => {
  writeFileSync(`${directory}/continue`, '');
};

describe.runIf(can.tsrun)('a signal to tsrun', () => {
  test.each([
    ['request', 'SIGTERM', 143],
    ['post-dump', 'SIGINT', 130],
  ] as const)('while CRIU hangs at "%s" of a checkpoint ends CRIU by %s, and the container continues', async (step, signal, code) => {
    const { env, image } = recordingCriu();
    const { id } = await running();
    const { pid } = await stateOf(id);
    const line = ['checkpoint', '--image-path', image, id];
    const outcome = await signalled(line, signal, `${env.FAKE_CRIU}/stopped`, { ...env, FAKE_CRIU_STOP: step });
    expect(outcome).toMatchObject({ code });
    expect(outcome.stderr).toMatch(/interrupted, signal: /);
    await isUntouched(id, pid);
    await expectEnded(env.FAKE_CRIU);
  });

  test.each(['pre-dump', 'post-dump'])('lets CRIU undo a checkpoint that is at "%s"', async (step) => {
    const { env, image } = recordingCriu();
    const { id } = await running();
    const { pid } = await stateOf(id);
    const call = startRuntime(['checkpoint', '--image-path', image, id], { env: { ...env, FAKE_CRIU_STOP: step } });
    await until('CRIU has reached the step', () => existsSync(`${env.FAKE_CRIU}/stopped`));
    call.child.kill('SIGTERM');
    await until('tsrun has taken the signal', () => hasTakenSignals(call.pid));
    proceed(env.FAKE_CRIU);
    expect(await call.done).toMatchObject({ code: 143 });
    await isUntouched(id, pid);
  });

  test.each(['setup-namespaces', 'post-resume'])('while CRIU hangs at "%s" of a restore ends CRIU, and nothing is left', async (step) => {
    const { env, image } = recordingCriu();
    mkdirSync(image);
    writeFileSync(`${image}/tsrun.json`, JSON.stringify({ descriptors: ['', '', ''], externalMounts: [] }));
    const before = machine(image);
    const line = ['restore', '--detach', '--image-path', image, '--bundle', makeBundle().directory, newId()];
    const outcome = await signalled(line, 'SIGTERM', `${env.FAKE_CRIU}/stopped`, { ...env, FAKE_CRIU_STOP: step });
    expect(outcome).toMatchObject({ code: 143 });
    expect(await added(before, image)).toEqual([]);
    await expectEnded(env.FAKE_CRIU);
  });
});

test.runIf(can.tsrun)('delete --force removes what a CRIU that hangs has made, after tsrun was killed', async () => {
  const { env, image } = recordingCriu();
  mkdirSync(image);
  writeFileSync(`${image}/tsrun.json`, JSON.stringify({ descriptors: ['', '', ''], externalMounts: [] }));
  const yard = `/tmp/.criu.mntns.${String(process.pid % 1_000_000).padStart(6, '0')}`;
  const before = machine(image);
  const id = newId();
  const line = ['restore', '--detach', '--image-path', image, '--bundle', makeBundle().directory, id];
  const call = startRuntime(line, { env: { ...env, FAKE_CRIU_STOP: 'setup-namespaces' } });
  await until('CRIU has reached the step', () => existsSync(`${env.FAKE_CRIU}/stopped`));
  mkdirSync(yard);
  writeFileSync(`${image}/restore.log`, `(00.1) mnt: Mount ${yard}/ in\n`);
  call.child.kill('SIGKILL');
  await call.done.catch(() => undefined);
  expect((await runtime(['delete', '--force', id])).stderr).toBe('');
  await expectEnded(env.FAKE_CRIU);
  expect(await added(before, image)).toEqual([]);
});

/** A file of CRIU's settings with a script that CRIU executes at each step. */
function acting(script: string): { readonly directory: string; readonly annotations: Readonly<Record<string, string>> } {
  const directory = newDirectory();
  writeFileSync(`${directory}/act`, `#!/bin/sh\n${script.replaceAll('DIRECTORY', directory)}\n`, { mode: 0o755 });
  writeFileSync(`${directory}/criu.conf`, `action-script ${directory}/act\n`);
  return { directory, annotations: { 'org.criu.config': `${directory}/criu.conf` } };
}

/** At this step it never returns; it ignores what a terminal sends. */
const hangsAt = (step: string): string =>
  `[ $CRTOOLS_SCRIPT_ACTION = ${step} ] || exit 0; trap '' INT TERM HUP; : > DIRECTORY/stopped; while :; do sleep 0.1; done`;

describe.runIf(can.tsrun && hasCriu)('a signal to tsrun, with CRIU itself,', () => {
  test.each([
    ['ends CRIU with a program of its own that hangs', hangsAt('post-dump')],
    [
      'lets CRIU undo its work',
      '[ $CRTOOLS_SCRIPT_ACTION = network-lock ] || exit 0; : > DIRECTORY/stopped; until [ -e DIRECTORY/stopped-signalled ]; do sleep 0.02; done',
    ],
  ])('during a checkpoint %s, and the connection of the container lives', async (_, script) => {
    const { directory, annotations } = acting(script);
    const bundle = makeBundle({
      script: countsThroughTcp,
      config: (config) => {
        config.root.readonly = false;
        Object.assign(config, { annotations });
      },
    });
    const { id, output } = await running({ bundle });
    await until('it counts', () => lastNumber(output()) > 3);
    const { pid } = await stateOf(id);
    const flags = ['--allow-annotation', 'org.criu.config', 'checkpoint', '--tcp-established', '--image-path', newPath('.image'), id];
    expect(await signalled(flags, 'SIGINT', `${directory}/stopped`)).toMatchObject({ code: 130 });
    await isUntouched(id, pid);
    const reached = lastNumber(output());
    await until('the connection is alive', () => lastNumber(output()) > reached + 3);
    await expectEnded(directory);
  });

  test.each(['setup-namespaces', 'post-restore'])('at the step %s of a restore leaves nothing', async (step) => {
    const { bundle, image } = await save({ script: count });
    const { directory, annotations } = acting(hangsAt(step));
    Object.assign(bundle.config, { annotations });
    bundle.save();
    const before = machine(image);
    const line = ['--allow-annotation', 'org.criu.config', 'restore', '--detach', '--image-path', image];
    const outcome = await signalled([...line, '--bundle', bundle.directory, newId()], 'SIGTERM', `${directory}/stopped`);
    expect(outcome).toMatchObject({ code: 143 });
    expect(await added(before, image)).toEqual([]);
    await expectEnded(directory);
  });
});
