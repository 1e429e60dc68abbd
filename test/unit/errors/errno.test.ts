import { constants } from 'node:os';
import { expect, test } from 'vitest';
import { describeErrno, errnoName, errnoWords } from '../../../src/errors/errno.js';

// Go's syscall package uses these texts; the docker command line compares them case-sensitively.
test.each([
  ['EPERM', 'operation not permitted'],
  ['ENOENT', 'no such file or directory'],
  ['ESRCH', 'no such process'],
  ['EACCES', 'permission denied'],
  ['EBUSY', 'device or resource busy'],
  ['EEXIST', 'file exists'],
  ['ENODEV', 'no such device'],
  ['ENOTDIR', 'not a directory'],
  ['EISDIR', 'is a directory'],
  ['EINVAL', 'invalid argument'],
  ['ENOSPC', 'no space left on device'],
  ['EROFS', 'read-only file system'],
  ['ENOEXEC', 'exec format error'],
  ['ENAMETOOLONG', 'file name too long'],
  ['ELOOP', 'too many levels of symbolic links'],
  ['EOPNOTSUPP', 'operation not supported'],
  ['ENOTSUP', 'operation not supported'],
])('%s: %s', (name, words) => {
  expect(errnoWords(name)).toBe(words);
});

test('errno numbers are those of the kernel', () => {
  const aliases = ['EWOULDBLOCK', 'ENOTSUP', 'EDEADLOCK'];
  for (const [name, number] of Object.entries(constants.errno)) {
    if (!aliases.includes(name)) expect(errnoName(number)).toBe(name);
  }
});

test('an errno that Linux does not have is kept', () => {
  expect([errnoName(999), errnoName(0), errnoWords('EWHAT')]).toEqual(['errno 999', 'errno 0', 'EWHAT']);
});

test('an errno has a message and a name', () => {
  expect(describeErrno('EPERM')).toBe('operation not permitted (EPERM)');
});
