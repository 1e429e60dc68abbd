/** After a checkpoint that fails, also by the death of CRIU and tsrun, the container is as before: it runs, and so does its connection. */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { hasCriu } from '../../programs/criu/real.js';
import { recordingCriu } from '../../programs/criu/recording.js';
import {
  afterTest,
  can,
  describe,
  expect,
  fail,
  makeBundle,
  newDirectory,
  newPath,
  running,
  runtime,
  startRuntime,
  stateOf,
  stateRoot,
  succeed,
  test,
  until,
  type Container,
} from '../harness/index.js';
import { isUntouched } from './machine.js';
import { countsThroughTcp, lastNumber } from './saved.js';

const call = { timeout: 60_000 };
const allowed = ['--allow-annotation', 'org.criu.config', 'checkpoint', '--tcp-established'];

interface Connected extends Container {
  readonly directory: string;
}

/** A container that counts; `script` is what CRIU executes at each of its steps, $CRTOOLS_SCRIPT_ACTION. */
async function connected(script = 'exit 0', flags: readonly string[] = []): Promise<Connected> {
  const directory = newDirectory();
  writeFileSync(`${directory}/act`, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  writeFileSync(`${directory}/criu.conf`, `action-script ${directory}/act\n`);
  const bundle = makeBundle({
    script: countsThroughTcp,
    config: (config) => {
      config.root.readonly = false;
      Object.assign(config, { annotations: { 'org.criu.config': `${directory}/criu.conf` } });
    },
  });
  const container = await running({ bundle, flags });
  await until('it counts', () => lastNumber(container.output()) > 3);
  return { ...container, directory };
}

const rules = (pid: number): string =>
  ['iptables-save', 'ip6tables-save']
    .map((name) => execFileSync('nsenter', ['--target', String(pid), '--net', name], { encoding: 'utf8' }))
    .join('');

/** It runs, thawed, with its connection, and nothing is left of the checkpoint. */
async function isIntact({ id, output }: Container): Promise<void> {
  const { pid } = await stateOf(id);
  const before = lastNumber(output());
  await until('the connection is alive', () => lastNumber(output()) > before + 3);
  await isUntouched(id, pid);
  expect(rules(pid)).not.toContain('CRIU');
}

const die = (step: string, victims: string): string => `[ "$CRTOOLS_SCRIPT_ACTION" != ${step} ] || kill -9 ${victims}`;
const both = "$(awk '{print $4}' /proc/$PPID/stat) $PPID";

/** A file system without space. */
function full(): string {
  const directory = newDirectory();
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', directory]);
  afterTest(() => execFileSync('umount', [directory]));
  return directory;
}

describe.runIf(can.tsrun && hasCriu)('a container is intact', () => {
  test.each(['pre-dump', 'network-lock', 'post-dump'])('if CRIU is killed at its step %s', async (step) => {
    const container = await connected(die(step, '$PPID'));
    const error = fail(await runtime([...allowed, '--image-path', newPath('.image'), container.id], call));
    expect(error).toMatch(/CRIU failed: it was killed: signal: killed \(hint: CRIU's log is "[^"]*"\)\s*$/);
    await isIntact(container);
  });

  test('after resume, if CRIU and tsrun were killed', async () => {
    const container = await connected(die('post-dump', both));
    await startRuntime([...allowed, '--image-path', newPath('.image'), container.id], call).done.catch(() => undefined);
    const { pid } = await stateOf(container.id);
    expect(rules(pid)).toContain('CRIU');
    succeed(await runtime(['resume', container.id]));
    await isIntact(container);
    expect(fail(await runtime(['resume', container.id]))).toContain('not paused');
  });

  test('after the next checkpoint, if CRIU and tsrun were killed', async () => {
    const container = await connected(die('post-dump', both));
    await startRuntime([...allowed, '--image-path', newPath('.image'), container.id], call).done.catch(() => undefined);
    writeFileSync(`${container.directory}/act`, '#!/bin/sh\n');
    succeed(await runtime([...allowed, '--leave-running', '--image-path', newPath('.image'), container.id], call));
    await isIntact(container);
  });

  test.each(['iptables', 'nftables', 'skip'])('after a checkpoint with --network-lock %s, or its failure', async (lock) => {
    const container = await connected();
    const image = newPath('.image');
    const { code } = await runtime([...allowed, '--leave-running', '--network-lock', lock, '--image-path', image, container.id], call);
    const log = readFileSync(`${image}/dump.log`, 'utf8');
    // CRIU may have been built without nftables, or the kernel may lack it.
    expect(code === 0 || (lock === 'nftables' && /nft/.test(log)), log).toBe(true);
    await isIntact(container);
  });

  test('if CRIU has no space for the image', async () => {
    const container = await connected();
    expect(fail(await runtime([...allowed, '--image-path', full(), container.id], call))).toContain('CRIU failed: ');
    await isIntact(container);
  });

  test('if there is no space for its upper layer, of which nothing stays', async () => {
    const layer = newDirectory();
    chmodSync(layer, 0o700);
    const container = await connected('exit 0', [`--overlay=${layer}`]);
    succeed(await runtime(['exec', container.id, 'dd', 'if=/dev/urandom', 'of=/home/large', 'bs=1M', 'count=4']));
    const image = newDirectory();
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'none', image]);
    afterTest(() => execFileSync('umount', [image]));
    const error = fail(await runtime([...allowed, '--image-path', image, container.id], call));
    expect(error).toContain('no space left on device (ENOSPC)');
    expect(existsSync(`${image}/overlay`)).toBe(false);
    await isIntact(container);
  });

  test('if a connection may not be saved', async () => {
    const container = await connected();
    const error = fail(
      await runtime(['--allow-annotation', 'org.criu.config', 'checkpoint', '--image-path', newPath('.image'), container.id], call),
    );
    expect(error).toMatch(/CRIU failed: .*--tcp-established/);
    await isIntact(container);
  });
});

describe.runIf(can.tsrun)('a container that a killed CRIU and a killed tsrun have left frozen', () => {
  async function frozen(): Promise<{ readonly id: string; readonly pid: number }> {
    const { env, image } = recordingCriu();
    const { id } = await running();
    const saving = startRuntime(['checkpoint', '--leave-running', '--image-path', image, id], {
      env: { ...env, FAKE_CRIU_STOP: 'post-dump' },
    });
    await until('CRIU has frozen it', () => existsSync(`${env.FAKE_CRIU}/stopped`));
    const criu = Number(/^criu (\d+) /m.exec(readFileSync(`${stateRoot}/${id}/checkpoint`, 'utf8'))?.[1]);
    saving.child.kill('SIGKILL');
    process.kill(criu, 'SIGKILL');
    await saving.done.catch(() => undefined);
    const { pid, status } = await stateOf(id);
    expect(status).toBe('paused');
    return { id, pid };
  }

  test('runs after resume', async () => {
    const { id } = await frozen();
    succeed(await runtime(['resume', id]));
    expect((await stateOf(id)).status).toBe('running');
    expect(readdirSync(`${stateRoot}/${id}`)).not.toContain('checkpoint');
  });

  test('is removed by delete --force', async () => {
    const { id } = await frozen();
    succeed(await runtime(['delete', '--force', id]));
    expect(existsSync(`${stateRoot}/${id}`)).toBe(false);
  });

  test('can be saved again', async () => {
    const { id } = await frozen();
    const { env, image } = recordingCriu();
    mkdirSync(image);
    succeed(await runtime(['checkpoint', '--leave-running', '--image-path', image, id], { env }));
    expect((await stateOf(id)).status).toBe('running');
  });
});
