import { expect, test } from 'vitest';
import { readProcess } from '../../../../src/commands/exec/process_document.js';
import { bindRecordingSys } from '../../cli/recording_sys.js';

function read(document: unknown) {
  bindRecordingSys({ readText: () => (typeof document === 'string' ? document : JSON.stringify(document)) });
  return readProcess('/process.json');
}

const process = { user: { uid: 0, gid: 0 }, args: ['sh'], cwd: '/' };

test('a process document is read', () => {
  expect(read({ ...process, env: ['A=b'] })).toEqual({ ...process, env: ['A=b'] });
});

test.each([
  [{ ...process, args: [] }, 'args must not be empty'],
  [{ ...process, args: undefined }, 'args must not be empty'],
  [{ ...process, cwd: '' }, 'Cwd property must not be empty'],
  [{ ...process, cwd: 'tmp' }, 'Cwd must be an absolute path'],
  [{ ...process, user: { uid: -1, gid: 0 } }, 'validate "/user/uid"'],
  ['{', 'parse "/process.json"'],
])('%j is refused', (document, message) => {
  expect(() => read(document)).toThrow(message);
});

test('a missing file is reported', () => {
  const refuse = (): never => {
    throw Object.assign(new Error('open'), { code: 'ENOENT', errno: 2, call: 'openat2', subject: '/process.json' });
  };
  bindRecordingSys({ readText: refuse });
  expect(() => readProcess('/process.json')).toThrow('read process document "/process.json": no such file or directory');
});
