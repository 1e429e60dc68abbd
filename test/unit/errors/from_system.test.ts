import { expect, test } from 'vitest';
import { fromSystem } from '../../../src/errors/from_system.js';
import { RuntimeError } from '../../../src/errors/runtime_error.js';
import { systemError } from '../fake_sys.js';

const details = { code: 'setup', phase: 'state' } as const;

test('the call and its object are named if nothing better is known', () => {
  expect(fromSystem(systemError('ENOENT', 'openat2', '/x'), details)).toMatchObject({
    message: 'openat2 "/x": no such file or directory (ENOENT)',
    code: 'setup',
    phase: 'state',
    operation: 'openat2',
    path: '/x',
    errno: 'ENOENT',
  });
});

test('operation, path and hint of the caller take precedence', () => {
  const cause = systemError('ENOSPC', 'write', '/x');
  expect(fromSystem(cause, { ...details, operation: 'write state', path: '/y', hint: 'free some' })).toMatchObject({
    message: 'write state "/y": no space left on device (ENOSPC)',
    hint: 'free some',
    cause,
  });
});

test('common errors have a hint', () => {
  expect(fromSystem(systemError('ENOSPC', 'write', '/x'), details).hint).toContain('free space');
});

test('clone3 reports limits of namespaces, not of a disk', () => {
  const { hint } = fromSystem(systemError('ENOSPC', 'clone3', ''), details);
  expect(hint).toContain('user.max_*_namespaces');
  expect(hint).not.toContain('free space');
  expect(fromSystem(systemError('EPERM', 'clone3', ''), details).hint).toContain('CAP_SYS_ADMIN');
  expect(fromSystem(systemError('EACCES', 'clone3', ''), details).hint).toContain('forbids new user namespaces');
});

test('clone3 into a cgroup that takes no processes says why', () => {
  expect(fromSystem(systemError('EBUSY', 'clone3', 'web'), details).hint).toContain('hands controllers to its own child cgroups');
});

test('a call without an object has no empty quotes', () => {
  expect(fromSystem(systemError('EMFILE', 'pipe2', ''), details).message).toBe('pipe2: too many open files (EMFILE)');
});

test('a RuntimeError is kept, and a bug of our own becomes internal', () => {
  const known = new RuntimeError('no', details);
  expect(fromSystem(known, details)).toBe(known);
  expect(fromSystem(new TypeError('oops'), details)).toMatchObject({ code: 'internal', message: 'oops' });
});
