import { expect, test } from 'vitest';
import { asRuntimeError, jsonRecord, plainText, textRecord } from '../../../src/errors/format.js';
import { RuntimeError } from '../../../src/errors/runtime_error.js';

const time = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const error = new RuntimeError('mount "proc" on "/proc": operation not permitted (EPERM)', {
  code: 'setup',
  phase: 'setup',
  operation: 'mount',
  path: '/proc',
  errno: 'EPERM',
  hint: 'do this',
});

test('the JSON record has what engines and people need', () => {
  expect(JSON.parse(jsonRecord({ error, time }))).toEqual({
    level: 'error',
    msg: 'mount "proc" on "/proc": operation not permitted (EPERM)',
    time: '2026-01-02T03:04:05Z',
    code: 'setup',
    phase: 'setup',
    operation: 'mount',
    path: '/proc',
    errno: 'EPERM',
    hint: 'do this',
  });
});

test('the JSON record is one line, whatever the message contains', () => {
  const record = jsonRecord({ error: new RuntimeError('a\nb', { code: 'internal', phase: 'command', exitCode: 255 }), time });
  expect(record).not.toContain('\n');
  expect(JSON.parse(record)).toMatchObject({ msg: 'a\nb', exitCode: 255 });
});

test("the text record has logrus' format", () => {
  expect(textRecord({ error, time })).toBe(
    'time="2026-01-02T03:04:05Z" level=error msg="mount \\"proc\\" on \\"/proc\\": operation not permitted (EPERM)"',
  );
});

test.each([
  ['plain', 'msg=plain'],
  ['', 'msg=""'],
  ['a b', 'msg="a b"'],
  ['a\nb\t\\\x1b', 'msg="a\\nb\\t\\\\\\x1b"'],
  ['ä', 'msg="ä"'],
])('%j is written as %s', (message, text) => {
  expect(textRecord({ error: new Error(message), time })).toMatch(
    new RegExp(`level=error ${text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$`),
  );
});

test('people read the message and the hint', () => {
  expect(plainText({ error, terminal: true })).toBe('tsrun: mount "proc" on "/proc": operation not permitted (EPERM)\n  hint: do this\n');
  expect(plainText({ error, terminal: false })).toBe('tsrun: mount "proc" on "/proc": operation not permitted (EPERM) (hint: do this)\n');
  expect(plainText({ error: new RuntimeError('no', { code: 'usage', phase: 'command' }), terminal: true })).toBe('tsrun: no\n');
});

test.each([new TypeError('x is undefined'), 'text', undefined])(
  'an exception that is not a RuntimeError (%s) is reported as a bug in tsrun',
  (thrown) => {
    expect(asRuntimeError(thrown)).toMatchObject({ code: 'internal', cause: thrown, hint: 'this is a bug in tsrun; please report it' });
  },
);

test.each(['out of memory', 'stack overflow'])('an engine out of memory or stack (%s) is reported as the effect of a limit', (words) => {
  const { code, message, hint } = asRuntimeError(new Error(words));
  expect({ code, message }).toEqual({ code: 'setup', message: `run tsrun: ${words}` });
  expect(hint).toMatch(/ulimit/);
});

test('an unexpected system call failure is attributed to the machine', () => {
  const thrown = Object.assign(new Error('read'), { call: 'read', subject: '/proc/1/stat', code: 'EMFILE' });
  const { code, message, errno, hint } = asRuntimeError(thrown);
  expect({ code, message, errno }).toEqual({
    code: 'setup',
    message: 'read "/proc/1/stat": too many open files (EMFILE)',
    errno: 'EMFILE',
  });
  expect(hint).toMatch(/ulimit -n/);
});

test('an unexpected failure in Node.js itself is attributed to the machine, too', () => {
  const thrown = Object.assign(new Error('EMFILE: too many open files'), {
    syscall: 'open',
    path: '/x/chunk.js',
    code: 'EMFILE',
    errno: -24,
  });
  expect(asRuntimeError(thrown)).toMatchObject({
    code: 'setup',
    message: 'open "/x/chunk.js": too many open files (EMFILE)',
    errno: 'EMFILE',
  });
});
