import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { Runtime, type Container } from '../../src/library/index.js';
import {
  afterTest,
  describe,
  expect,
  fail,
  makeBundle,
  newId,
  program,
  runtime as command,
  stateRoot,
  test,
  until,
  untilTold,
} from '../oci/harness/index.js';

const runtime = new Runtime({ root: stateRoot });

async function create(bundle: string): Promise<Container> {
  const container = await runtime.create({ id: newId(), bundle, stdio: ['ignore', 'pipe', 'inherit'] });
  afterTest(() => container.delete({ force: true }));
  return container;
}

const sleeping = (): string => makeBundle({ script: 'sleep 1000' }).directory;

describe('an exec whose tsrun-init is killed before it executes the program', () => {
  test.each(['from the beginning', 'from a warm slot'])('is rejected, and its container runs on: a container %s', async (kind) => {
    const bundle = makeBundle({ script: 'strike 9 2; sleep 1000' });
    copyFileSync(program('strike'), `${bundle.rootfs}/bin/strike`);
    chmodSync(`${bundle.rootfs}/bin/strike`, 0o755);
    const warm = kind === 'from a warm slot';
    if (warm) {
      const pool = await runtime.prewarm({ bundle: bundle.directory, count: 1 });
      afterTest(() => pool.close());
    }
    const container = await create(bundle.directory);
    let said = '';
    container.stdout?.on('data', (data) => (said += String(data)));
    await container.start();
    const outcomes: unknown[] = [];
    while (!said.includes('struck'))
      outcomes.push(
        await container.exec(['true'], { stdio: 'ignore' }).then(
          (process) => process.wait(),
          (error: unknown) => error,
        ),
      );
    expect(container.state().status).toBe('running');
    const refused = outcomes.filter((one) => one instanceof Error);
    expect(refused.length).toBeGreaterThan(0);
    for (const error of refused)
      expect(error).toMatchObject({ phase: 'exec', message: expect.stringContaining('ended before it executed it') as unknown });
  });
});

describe('a start', () => {
  test('is rejected if the init is killed after it was told to start', async () => {
    const container = await create(sleeping());
    process.kill(container.pid, 'SIGSTOP');
    const started = expect(container.start()).rejects.toMatchObject({
      phase: 'start',
      message: expect.stringContaining('init process ended before it was started') as unknown,
    });
    await untilTold(container.id);
    process.kill(container.pid, 'SIGKILL');
    await started;
    // The kernel closes its descriptors before it becomes a zombie.
    await until('it has stopped', () => container.state().status === 'stopped');
  });

  test('leaves a running container if its program is killed after it told the init to start', async () => {
    const container = await create(sleeping());
    process.kill(container.pid, 'SIGSTOP');
    const caller = spawn(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `import { Runtime } from '${join(import.meta.dirname, '../../dist/library/index.js')}';
         await new Runtime({ root: '${stateRoot}' }).get('${container.id}').start();`,
      ],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    await untilTold(container.id, caller.pid);
    caller.kill('SIGKILL');
    await once(caller, 'exit');
    process.kill(container.pid, 'SIGCONT');
    await until('it runs', () => container.state().status === 'running');
    expect(fail(await command(['delete', container.id]))).toMatch(/is not stopped: running/);
    expect(container.state().status).toBe('running');
  });
});
