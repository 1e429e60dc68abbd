/** checkpoint and restore with the CRIU of this machine: what its processes had continues. docs/testing.md says how to run them. */
import type { Readable } from 'node:stream';
import { Runtime, type CheckpointContainer, type Container, type CreateRequest } from '../../../src/library/index.js';
import { hasCriu } from '../../programs/criu/real.js';
import { count, countsThroughTcp } from '../../oci/checkpoint/saved.js';
import { afterTest, describe, expect, makeBundle, newId, newPath, stateRoot, test, until } from '../../oci/harness/index.js';

const runtime = new Runtime({ root: stateRoot });

type Settings = Omit<CheckpointContainer, 'imagePath'>;
type Streams = Pick<CreateRequest, 'stdio' | 'terminal'>;

/** Collects what a container writes. */
function linesOf(stream: Readable | null): { readonly last: () => number } {
  let all = '';
  stream?.on('data', (chunk: Buffer) => (all += chunk.toString()));
  return { last: () => Number(/(\d+)\r?\n[^\n]*$/.exec(all)?.[1] ?? -1) };
}

function kept(container: Container): Container {
  afterTest(() => container.delete({ force: true }));
  return container;
}

/** Saves a container that has counted to 5, restores it, and waits until it has counted on. */
async function countsOn(
  script: string,
  settings: Settings = {},
  streams: Streams = { stdio: ['ignore', 'pipe', 'ignore'] },
): Promise<void> {
  const { directory: bundle } = makeBundle({
    script,
    config: (config) => {
      config.mounts.push({ destination: '/tmp', type: 'tmpfs', source: 'tmpfs' });
    },
  });
  const { linkRemap = false, ...both } = settings;
  const image = { imagePath: newPath('.image'), ...both };
  const first = kept(await runtime.create({ id: newId(), bundle, ...streams }));
  const before = linesOf(first.stdout ?? first.terminal);
  await first.start();
  await until('it counts', () => before.last() >= 5);
  await first.checkpoint({ ...image, linkRemap });
  const reached = before.last();
  const second = kept(await runtime.restore({ id: newId(), bundle, ...image, ...streams }));
  const after = linesOf(second.stdout ?? second.terminal);
  await until('it counts on', () => after.last() > reached);
  expect(second.state().status).toBe('running');
  await second.kill('SIGKILL');
  expect(await second.wait()).toEqual({ code: null, signal: 'SIGKILL' });
}

describe.runIf(hasCriu)('a container of the library that is saved by CRIU and restored', () => {
  test('counts on', () => countsOn(count));

  test('has its pipes', () => countsOn(`(${count}) | while read n; do echo $n; done`));

  test('has its open files, also one that was removed', () =>
    countsOn('exec 5> /tmp/count; rm /tmp/count; i=0; while :; do i=$((i+1)); echo $i >&5; echo $i; sleep 0.05; done', {
      linkRemap: true,
    }));

  test('has its TCP connection', () => countsOn(countsThroughTcp, { tcpEstablished: true }), 60_000);

  test('has its terminal', () => countsOn(count, {}, { terminal: { columns: 80, rows: 24 } }));

  test('continues after it was left running, too', async () => {
    const container = kept(
      await runtime.create({ id: newId(), bundle: makeBundle({ script: count }).directory, stdio: ['ignore', 'pipe', 'ignore'] }),
    );
    const lines = linesOf(container.stdout);
    await container.start();
    await until('it counts', () => lines.last() >= 5);
    await container.checkpoint({ imagePath: newPath('.image'), leaveRunning: true });
    const reached = lines.last();
    await until('it counts on', () => lines.last() > reached + 2);
  });
});
