import { execFileSync } from 'node:child_process';
import { constants, closeSync, openSync, readFileSync } from 'node:fs';
import { afterTest, can, describe, expect, fail, newId, newPath, program, runtime, succeed, test } from '../harness/index.js';

const late = 300;
const never = 15_000;

/** A command in front of a runtime that makes a descriptor a full pipe that does not block. */
const full = (fd: 1 | 2, milliseconds: number): readonly string[] => [program('full_pipe'), String(fd), String(milliseconds)];

describe.runIf(can.tsrun)('a full non-blocking pipe that is read late', () => {
  test('gets the complete output of a command', async () => {
    expect(succeed(await runtime(['list', '--format', 'json'], { wrapper: full(1, late) }))).toContain('[');
    expect(succeed(await runtime(['features'], { wrapper: full(1, late) }))).toContain('"ociVersionMin"');
  });

  test('gets the complete help', async () => {
    expect(succeed(await runtime(['--help'], { wrapper: full(1, late) }))).toContain('Commands:');
  });

  test('gets the complete error message', async () => {
    const outcome = await runtime(['state', newId()], { wrapper: full(2, late) });
    expect(outcome.code).toBe(1);
    expect(outcome.stdout).toContain('container does not exist');
  });
});

describe.runIf(can.tsrun)('a full non-blocking pipe that nobody reads', () => {
  test('is an error after 10 seconds, which names the pipe', async () => {
    const outcome = await runtime(['list', '--format', 'json'], { wrapper: full(1, never), timeout: 30_000 });
    expect(fail(outcome)).toMatch(/write "fd 1": .*ETIMEDOUT.*read nothing for 10 seconds/);
  }, 40_000);
});

describe.runIf(can.tsrun)('--log on a FIFO', () => {
  function newFifo(): string {
    const path = newPath('.fifo');
    execFileSync('mkfifo', [path]);
    return path;
  }

  test('without a reader is an error', async () => {
    const fifo = newFifo();
    expect(fail(await runtime(['--log', fifo, 'list']))).toMatch(/open ".*": .*ENXIO.*FIFO without a reader/);
  });

  test('gets its records', async () => {
    const fifo = newFifo();
    const reader = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
    afterTest(() => closeSync(reader));
    fail(await runtime(['--log', fifo, 'state', newId()]));
    expect(readFileSync(reader, 'utf8')).toContain('container does not exist');
  });

  test('that nobody reads is a separate error, which does not hide the first', async () => {
    const fifo = newFifo();
    const reader = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
    afterTest(() => closeSync(reader));
    execFileSync('sh', ['-c', `dd if=/dev/zero of=${fifo} oflag=nonblock bs=4096 2>/dev/null || true`]);
    const message = fail(await runtime(['--log', fifo, 'state', newId()]));
    expect(message).toContain('container does not exist');
    expect(message).toMatch(/write the log ".*": .*ETIMEDOUT.*read nothing for 10 seconds/);
  }, 30_000);
});
