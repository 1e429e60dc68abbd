import { existsSync, readFileSync } from 'node:fs';
import { can, describe, expect, fail, makeBundle, newId, newPath, running, runtime, succeed, test } from '../harness/index.js';

interface LogRecord {
  readonly level: string;
  readonly msg: string;
  readonly time: string;
  readonly [field: string]: unknown;
}

function records(path: string): readonly LogRecord[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LogRecord);
}

describe.runIf(can.runcCommand)('--log', () => {
  test('with --log-format json ends with one record of the failure', async () => {
    const log = newPath('.log');
    fail(await runtime(['--log', log, '--log-format', 'json', 'state', newId()]));
    const last = records(log).at(-1);
    expect(last).toMatchObject({ level: 'error', msg: expect.stringMatching(/container does not exist/) as string });
    // RFC 3339: containerd decodes it as a time.
    expect(last?.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/);
  });

  test('accepts its options after = as well', async () => {
    const log = newPath('.log');
    fail(await runtime([`--log=${log}`, '--log-format=json', 'state', newId()]));
    expect(records(log)).toHaveLength(1);
  });

  test('still prints the message on standard error', async () => {
    const outcome = await runtime(['--log', newPath('.log'), '--log-format', 'json', 'state', newId()]);
    expect(outcome.stderr).toMatch(/container does not exist/);
  });

  test('appends to the file', async () => {
    const log = newPath('.log');
    for (let i = 0; i < 2; i++) fail(await runtime(['--log', log, '--log-format', 'json', 'state', newId()]));
    expect(records(log)).toHaveLength(2);
  });

  test('as text contains the message, too', async () => {
    const log = newPath('.log');
    fail(await runtime(['--log', log, 'state', newId()]));
    expect(readFileSync(log, 'utf8')).toMatch(/level=error.*container does not exist/);
  });

  test('stays empty on success', async () => {
    const log = newPath('.log');
    const { id } = await running();
    succeed(await runtime(['--log', log, '--log-format', 'json', 'state', id]));
    expect(existsSync(log) ? readFileSync(log, 'utf8') : '').toBe('');
  });

  test('with --debug contains more, and the result is the same', async () => {
    const log = newPath('.log');
    const { id } = await running();
    succeed(await runtime(['--debug', '--log', log, '--log-format', 'json', 'kill', id, 'KILL']));
    for (const record of records(log)) expect(['debug', 'info', 'warning']).toContain(record.level);
  });

  test('in a missing directory fails', async () => {
    fail(await runtime(['--log', '/no/where/log', 'list']));
  });

  test('with an unknown format fails', async () => {
    fail(await runtime(['--log-format', 'yaml', 'list']));
  });
});

describe.runIf(can.tsrun)('the last record of the JSON log contains the whole error', () => {
  async function failure(args: readonly string[], code = 1): Promise<LogRecord> {
    const log = newPath('.log');
    fail(await runtime(['--log', log, '--log-format', 'json', ...args]), code);
    const last = records(log).at(-1);
    if (last === undefined) throw new Error('the log is empty');
    return last;
  }

  test('of a failed mount', async () => {
    const bundle = makeBundle({
      config: (config) => config.mounts.push({ destination: '/mnt', type: 'bind', source: '/no/where', options: ['bind'] }),
    });
    const record = await failure(['create', '--bundle', bundle.directory, newId()]);
    expect(record).toMatchObject({ errno: 'ENOENT', msg: expect.stringMatching(/\/no\/where.*no such file or directory/) as string });
    for (const field of ['phase', 'operation', 'path', 'hint']) expect(typeof record[field], field).toBe('string');
  });

  test('of a missing bundle', async () => {
    expect(await failure(['create', '--bundle', '/no/where', newId()])).toMatchObject({
      phase: 'load',
      path: '/no/where',
      errno: 'ENOENT',
    });
  });

  test('of an executable that is not found', async () => {
    const record = await failure(['run', '--bundle', makeBundle({ args: ['nowhere'] }).directory, newId()]);
    expect(record).toMatchObject({ path: 'nowhere', errno: 'ENOENT' });
    expect(typeof record['hint']).toBe('string');
  });

  test('in one line', async () => {
    const log = newPath('.log');
    fail(await runtime(['--log', log, '--log-format', 'json', 'create', '--bundle', '/no/where', newId()]));
    expect(records(log)).toHaveLength(1);
  });
});
