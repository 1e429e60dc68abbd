/** Memory that CRIU itself saves ahead of a checkpoint, or sends on demand. */
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { execFileSync } from 'node:child_process';
import { hasCriu, hasSysResource } from '../../programs/criu/real.js';
import {
  afterTest,
  can,
  describe,
  expect,
  fail,
  makeBundle,
  newPath,
  running,
  runtime,
  start,
  stateOf,
  succeed,
  test,
  until,
} from '../harness/index.js';
import { count, countsOn, lastNumber, restore, save } from './saved.js';

const call = { timeout: 60_000 };

const has = (feature: string): boolean => {
  try {
    execFileSync('criu', ['check', '--feature', feature], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};
const tracks = hasCriu && has('mem_dirty_track');
/** Pipes of 4 MiB, in which CRIU keeps the pages (pipe(7)). */
const mayHavePipes = hasSysResource || Number(readFileSync('/proc/sys/fs/pipe-max-size', 'utf8')) >= 4 << 20;
const isLazy = hasCriu && mayHavePipes && has('uffd-noncoop');
if (hasCriu && !tracks) console.log('pre-dumps with CRIU are skipped: the kernel does not track memory (CONFIG_MEM_SOFT_DIRTY)');
if (hasCriu && !isLazy) console.log('lazy pages with CRIU are skipped: CAP_SYS_RESOURCE, or a userfaultfd that CRIU can use, is missing');

/** A TCP port that nobody listens on. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => {
        resolve(port);
      });
    });
  });
}

describe.runIf(can.tsrun && hasCriu)('checkpoint', () => {
  test.runIf(tracks)('--parent-path saves what has changed since a chain of pre-dumps', async () => {
    const base = newPath('.chain');
    execFileSync('mkdir', [base]);
    const before = async (id: string): Promise<void> => {
      succeed(await runtime(['checkpoint', '--pre-dump', '--image-path', `${base}/first`, id], call));
      succeed(await runtime(['checkpoint', '--pre-dump', '--image-path', `${base}/second`, '--parent-path', '../first', id], call));
    };
    const saved = await save({ before, image: `${base}/last`, checkpoint: ['--parent-path', '../second'] });
    const restored = await restore(saved);
    await countsOn(saved, restored);
  });

  test.runIf(!tracks)('--pre-dump says that the kernel does not track memory, and leaves the container running', async () => {
    const container = await running({ script: count });
    const error = fail(await runtime(['checkpoint', '--pre-dump', '--image-path', newPath('.image'), container.id], call));
    expect(error).toContain('not supported here: tracking of changed memory');
    expect((await stateOf(container.id)).status).toBe('running');
  });

  test.runIf(isLazy)('--lazy-pages sends memory when the restored processes touch it', async () => {
    const bundle = makeBundle({ script: count });
    const container = await running({ bundle });
    await until('it counts', () => lastNumber(container.output()) > 3);
    const [image, ready] = [newPath('.image'), newPath('.ready')];
    const port = await freePort();
    const fd = openSync(ready, 'w');
    const line = [
      'checkpoint',
      '--lazy-pages',
      '--page-server',
      `127.0.0.1:${port}`,
      '--status-fd',
      '3',
      '--image-path',
      image,
      container.id,
    ];
    const saving = runtime(line, { ...call, fds: [fd] });
    closeSync(fd);
    await until('the page server is ready', () => existsSync(ready) && readFileSync(ready).length > 0);
    const daemon = start(
      ['criu', 'lazy-pages', '--page-server', '--address', '127.0.0.1', '--port', String(port), '-D', image, '-W', image],
      call,
    );
    afterTest(() => daemon.child.kill('SIGKILL'));
    await until('the daemon listens', () => existsSync(`${image}/lazy-pages.socket`));
    const restored = await restore({ bundle, image }, ['--lazy-pages']);
    await countsOn({ written: container.output() }, restored);
    succeed(await saving);
    succeed(await daemon.done);
  });
});
