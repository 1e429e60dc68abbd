import { expect, test } from 'vitest';
import { openLog } from '../../../src/cli/log.js';
import { RuntimeError } from '../../../src/errors/runtime_error.js';
import { bindRecordingSys } from './recording_sys.js';

const failure = new RuntimeError('mount "proc" on "/proc": operation not permitted (EPERM)', {
  code: 'setup',
  phase: 'setup',
  operation: 'mount',
  path: '/proc',
  errno: 'EPERM',
  hint: 'look at the id maps',
});

test('a failure is one JSON object in the log, because conmon parses the whole file as one', () => {
  const written = bindRecordingSys();
  openLog({ file: '/log.json', format: 'json' }).fail(failure);
  expect(JSON.parse(written.get('/log.json') ?? '')).toEqual({
    level: 'error',
    msg: failure.message,
    time: '2026-01-02T03:04:05Z',
    code: 'setup',
    phase: 'setup',
    operation: 'mount',
    path: '/proc',
    errno: 'EPERM',
    hint: 'look at the id maps',
  });
});

test('with a log file, the message is on standard error, too', () => {
  const written = bindRecordingSys();
  openLog({ file: '/log', format: 'text' }).fail(failure);
  expect(written.get('/log')).toMatch(/^time="2026-01-02T03:04:05Z" level=error msg="mount .*"\n$/);
  expect(written.get('2')).toContain(failure.message);
});

test.each([
  [true, `tsrun: ${failure.message}\n  hint: look at the id maps\n`],
  [false, `tsrun: ${failure.message} (hint: look at the id maps)\n`],
])('without a log file, standard error gets message and hint; a terminal: %s', (terminal, text) => {
  const written = bindRecordingSys({ isTerminal: ({ fd }) => terminal && fd === 2 });
  openLog({ file: null, format: 'text' }).fail(failure);
  expect(written.get('2')).toBe(text);
});

test('JSON on standard error is only the record', () => {
  const written = bindRecordingSys();
  openLog({ file: null, format: 'json' }).fail(failure);
  expect(JSON.parse(written.get('2') ?? '')).toHaveProperty('msg', failure.message);
});

test('the log file is created before anything can fail', () => {
  const written = bindRecordingSys();
  openLog({ file: '/log', format: 'json' });
  expect(written.get('/log')).toBe('');
});

test('a log file that cannot be opened is reported', () => {
  const refuse = (): never => {
    throw Object.assign(new Error('openat2'), { code: 'ENOENT', errno: 2, call: 'openat2', subject: '/no/log' });
  };
  bindRecordingSys({ writeFile: refuse });
  expect(() => openLog({ file: '/no/log', format: 'text' })).toThrow('open "/no/log": no such file or directory');
});

test('entries are records with their own level', () => {
  const written = bindRecordingSys();
  openLog({ file: null, format: 'text' }).add({ level: 'warning', message: 'no "x"', fields: { took: 3 } });
  openLog({ file: '/log', format: 'json' }).add({ level: 'debug', message: 'open', fields: { took: 3 } });
  expect(written.get('2')).toBe('time="2026-01-02T03:04:05.678Z" level=warning msg="no \\"x\\"" took=3\n');
  expect(JSON.parse(written.get('/log') ?? '')).toEqual({ level: 'debug', msg: 'open', time: '2026-01-02T03:04:05.678Z', took: 3 });
});
