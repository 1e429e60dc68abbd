import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { text } from 'node:stream/consumers';
import { Runtime, type Exit } from '../../../src/library/index.js';
import { afterTest, describe, expect, makeBundle, newId, stateRoot, test, until, type Bundle } from '../../oci/harness/index.js';

const runtime = new Runtime({ root: stateRoot });
const mebibyte = 1 << 20;
const total = 50 * mebibyte;
/** What streams and the kernel may hold of it, with room for what else the test's process does. */
const most = 24 * mebibyte;

/** A process of a container: its init, or one of exec. */
interface Piped {
  readonly stdin: Writable | null;
  readonly stdout: Readable | null;
  wait(): Promise<Exit>;
}

async function created(bundle: Bundle): Promise<Piped> {
  const container = await runtime.create({ id: newId(), bundle: bundle.directory, stdio: ['pipe', 'pipe', 'inherit'] });
  afterTest(() => container.delete({ force: true }));
  await container.start();
  return container;
}

async function executed(bundle: Bundle, script: string): Promise<Piped> {
  const container = await runtime.create({ id: newId(), bundle: bundle.directory, stdio: 'ignore' });
  afterTest(() => container.delete({ force: true }));
  await container.start();
  return await container.exec(['sh', '-c', script], { stdio: ['pipe', 'pipe', 'inherit'] });
}

/** A process that runs the script, and the root file system that it sees. */
type Make = (script: string) => Promise<{ readonly piped: Piped; readonly rootfs: string }>;

const ways: readonly (readonly [string, Make])[] = [
  [
    'create',
    async (script) => {
      const bundle = makeBundle({ script, config: (config) => (config.root.readonly = false) });
      return { piped: await created(bundle), rootfs: bundle.rootfs };
    },
  ],
  [
    'exec',
    async (script) => {
      const bundle = makeBundle({ script: 'sleep 1000', config: (config) => (config.root.readonly = false) });
      return { piped: await executed(bundle, script), rootfs: bundle.rootfs };
    },
  ],
];

/** Waits until a number has not grown for half a second. */
async function settled(read: () => number): Promise<number> {
  let last = -1;
  for (let now = read(); now !== last; now = read()) {
    last = now;
    await setTimeout(500);
  }
  return last;
}

/** Different in every KiB, so that a chunk which is lost, doubled or moved changes the sum. */
function* chunks(): Generator<string> {
  for (let i = 0; i < total / 1024; i++) yield `${String(i).padStart(1023)}\n`;
}

function sum(): string {
  const hash = createHash('sha256');
  for (const chunk of chunks()) hash.update(chunk);
  return hash.digest('hex');
}

describe.each(ways)('the pipes of a process of %s', (_, make) => {
  test('hold back a container whose output nobody reads; memory stays bounded, and nothing is lost', async () => {
    // The same as chunks().
    const script = `echo > /begun; busybox awk 'BEGIN { for (i = 0; i < ${total / 1024}; i++) printf "%1023d\\n", i }'; echo > /done`;
    const { piped, rootfs } = await make(script);
    const { stdout } = piped;
    if (stdout === null) throw new Error('no pipe');
    const before = process.memoryUsage.rss();
    await until('it has begun', () => existsSync(`${rootfs}/begun`));
    await settled(() => stdout.readableLength);
    await setTimeout(500);
    expect(existsSync(`${rootfs}/done`)).toBe(false);
    expect(stdout.readableLength).toBeLessThan(mebibyte);
    expect(process.memoryUsage.rss() - before).toBeLessThan(most);
    const hash = createHash('sha256');
    for await (const chunk of stdout) hash.update(chunk as Uint8Array);
    expect(hash.digest('hex')).toBe(sum());
    expect(await piped.wait()).toMatchObject({ code: 0 });
  });

  test('hold back a program whose container does not read; memory stays bounded, and nothing is lost', async () => {
    const { piped, rootfs } = await make('until [ -e /gate ]; do sleep 0.05; done; exec busybox sha256sum');
    const { stdin, stdout } = piped;
    if (stdin === null || stdout === null) throw new Error('no pipe');
    let written = 0;
    let waits = 0;
    const before = process.memoryUsage.rss();
    const pour = async (): Promise<void> => {
      for (const chunk of chunks()) {
        written += chunk.length;
        if (stdin.write(chunk)) continue;
        waits++;
        await once(stdin, 'drain');
      }
      stdin.end();
    };
    const poured = pour();
    await settled(() => written);
    expect(waits).toBeGreaterThan(0);
    expect(stdin.writableNeedDrain).toBe(true);
    expect(written).toBeLessThan(mebibyte);
    expect(process.memoryUsage.rss() - before).toBeLessThan(most);
    writeFileSync(`${rootfs}/gate`, '');
    const [output] = await Promise.all([text(stdout), poured]);
    expect(output.split(' ')[0]).toBe(sum());
    expect(await piped.wait()).toMatchObject({ code: 0 });
  });
});
