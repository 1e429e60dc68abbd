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

test('the JSON record has what engines read and what people need', () => {
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

test('it is one line, whatever the message holds', () => {
  const record = jsonRecord({ error: new RuntimeError('a\nb', { code: 'internal', phase: 'command', exitCode: 255 }), time });
  expect(record).not.toContain('\n');
  expect(JSON.parse(record)).toMatchObject({ msg: 'a\nb', exitCode: 255 });
});

test("the text record is logrus'", () => {
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

test.each([new TypeError('x is undefined'), 'text', undefined])('what is no RuntimeError (%s) is a bug in tsrun', (thrown) => {
  expect(asRuntimeError(thrown)).toMatchObject({ code: 'internal', cause: thrown, hint: 'this is a bug in tsrun; please report it' });
});

test.each(['out of memory', 'stack overflow'])('an engine that has no room (%s) is the doing of a limit', (words) => {
  const { code, message, hint } = asRuntimeError(new Error(words));
  expect({ code, message }).toEqual({ code: 'setup', message: `run tsrun: ${words}` });
  expect(hint).toMatch(/ulimit/);
});

test('a system call that fails where nobody expects it is the doing of the machine', () => {
  const thrown = Object.assign(new Error('read'), { call: 'read', subject: '/proc/1/stat', code: 'EMFILE' });
  const { code, message, errno, hint } = asRuntimeError(thrown);
  expect({ code, message, errno }).toEqual({
    code: 'setup',
    message: 'read "/proc/1/stat": too many open files (EMFILE)',
    errno: 'EMFILE',
  });
  expect(hint).toMatch(/ulimit -n/);
});

test('a system call of Node.js itself that fails is the doing of the machine, too', () => {
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
