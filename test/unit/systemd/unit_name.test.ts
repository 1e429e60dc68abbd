import { expect, test } from 'vitest';
import { scopeName, scopePath } from '../../../src/systemd/unit_name.js';

const named = (cgroupsPath?: string, id = 'web', bus: 'system' | 'user' = 'system'): ReturnType<typeof scopeName> =>
  scopeName({ id, cgroupsPath, bus });

test('without a path it is tsrun-ID.scope in the slice of the bus', () => {
  expect(named()).toEqual({ unit: 'tsrun-web.scope', slice: 'system.slice' });
  expect(named('', 'web', 'user')).toEqual({ unit: 'tsrun-web.scope', slice: 'user.slice' });
});

test('an id has the escapes of systemd where a unit may not have its characters', () => {
  expect(named(undefined, 'a+b').unit).toBe('tsrun-a\\x2bb.scope');
});

test.each([
  ['machine.slice:libpod:abc', 'libpod-abc.scope', 'machine.slice'],
  ['kubepods-burstable.slice:cri-containerd:abc', 'cri-containerd-abc.scope', 'kubepods-burstable.slice'],
  [':p:n', 'p-n.scope', 'system.slice'],
  ['-.slice::n', 'n.scope', '-.slice'],
])('%j is %j in %j', (cgroupsPath, unit, slice) => {
  expect(named(cgroupsPath)).toEqual({ unit, slice });
});

test.each([
  '/a/b',
  'a:b',
  'a.slice:b:c:d',
  'a.slice:b:',
  'a:b:c',
  '/a.slice:b:c',
  'a--b.slice:x:y',
  '-a.slice:x:y',
  '.slice:x:y',
  'a.slice:x:y.slice',
  'a.slice:x:y z',
  "a.slice:x:y'",
  `a.slice:x:${'y'.repeat(300)}`,
  'a.slice:x:y\nz',
])('%j is refused', (cgroupsPath) => {
  expect(() => named(cgroupsPath)).toThrow(expect.objectContaining({ code: 'invalid-config', path: '/linux/cgroupsPath' }));
});

test.each([
  ['system.slice', '/system.slice/x.scope'],
  ['a-b-c.slice', '/a.slice/a-b.slice/a-b-c.slice/x.scope'],
  ['-.slice', '/x.scope'],
])('a scope in %j has the cgroup %j', (slice, path) => {
  expect(scopePath({ slice, unit: 'x.scope' })).toBe(path);
});
