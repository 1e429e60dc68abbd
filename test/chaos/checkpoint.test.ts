/** SIGKILL of tsrun in the middle of a checkpoint and of a restore, with the program in place of CRIU, which can be traced. */
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { recordingCriu } from '../programs/criu/recording.js';
import {
  afterTest,
  bystander,
  describe,
  expect,
  makeBundle,
  newDirectory,
  newId,
  remains,
  running,
  runtime,
  startRuntime,
  stateOf,
  test,
  until,
} from './harness/index.js';

/** The steps at which CRIU waits for tsrun. */
const steps = {
  checkpoint: ['request', 'pre-dump', 'status-ready', 'post-dump'],
  restore: ['request', 'pre-restore', 'setup-namespaces', 'post-setup-namespaces', 'post-restore', 'post-resume'],
} as const;

/** Kills tsrun when CRIU has reached a step. */
async function killedAt(step: string, line: readonly string[], env: Readonly<Record<string, string>>): Promise<void> {
  const directory = env['FAKE_CRIU'] ?? '';
  const call = startRuntime(line, { env: { ...env, FAKE_CRIU_STOP: step } });
  await until(`CRIU is at ${step}`, () => readdirSync(directory).includes('stopped'));
  call.child.kill('SIGKILL');
  await call.done.catch(() => undefined);
  writeFileSync(`${directory}/continue`, '');
}

describe('SIGKILL of tsrun while CRIU is at a step', () => {
  test.each(steps.checkpoint)('"%s" of a checkpoint leaves the container running, and thawed', async (step) => {
    const { env, image } = recordingCriu();
    const other = await bystander();
    afterTest(() => other.end());
    const { id } = await running();
    const { pid } = await stateOf(id);
    await killedAt(step, ['checkpoint', '--leave-running', '--image-path', image, id], env);
    await until('it runs', async () => (await stateOf(id)).status === 'running');
    expect((await stateOf(id)).pid).toBe(pid);
    expect((await runtime(['delete', '--force', id])).stderr).toBe('');
    expect(await remains(id)).toEqual([]);
    await other.unharmed();
  });

  test.each(steps.restore)('"%s" of a restore leaves nothing that delete --force cannot remove', async (step) => {
    const { env, image } = recordingCriu();
    mkdirSync(`${image}/overlay/upper`, { recursive: true, mode: 0o700 });
    writeFileSync(`${image}/overlay/upper/made`, '');
    writeFileSync(`${image}/tsrun.json`, JSON.stringify({ descriptors: [], externalMounts: [], layer: true }));
    const layer = newDirectory();
    chmodSync(layer, 0o700);
    const id = newId();
    const other = await bystander();
    afterTest(() => other.end());
    const line = ['restore', '--detach', '--image-path', image, '--bundle', makeBundle().directory, `--overlay=${layer}`, id];
    await killedAt(step, line, { ...env, FAKE_CRIU_HANGS: '1' });
    expect((await runtime(['delete', '--force', id])).stderr).toBe('');
    expect(await remains(id)).toEqual([]);
    // From then on the container may have run, and the layer is its own.
    expect(readdirSync(layer)).toEqual(step === 'post-resume' ? ['upper', 'work'] : []);
    await other.unharmed();
  });
});
