import { expect, test } from 'vitest';
import { cgroupPathOf } from '../../../../src/cgroup/tree/path.js';

const pathOf = (cgroupsPath?: string): string => cgroupPathOf({ id: 'web', spec: { linux: { cgroupsPath } } });

test('an absolute path is used below the mount point', () => {
  expect(pathOf('/kubepods/pod1/web')).toBe('/kubepods/pod1/web');
  expect(pathOf('//a/./b/')).toBe('/a/b');
});

test('a relative path is below /tsrun', () => {
  expect(pathOf('a/b')).toBe('/tsrun/a/b');
  expect(pathOf('a')).toBe('/tsrun/a');
});

test('a container without a path has a single directory', () => {
  expect(pathOf('')).toBe('/tsrun-web');
  expect(pathOf(undefined)).toBe('/tsrun-web');
  expect(cgroupPathOf({ id: 'web', spec: {} })).toBe('/tsrun-web');
});

test('an id of maximal length has its directory below /tsrun', () => {
  const id = 'x'.repeat(255);
  expect(cgroupPathOf({ id, spec: {} })).toBe(`/tsrun/${id}`);
  expect(cgroupPathOf({ id: id.slice(6), spec: {} })).toBe(`/tsrun-${id.slice(6)}`);
});

test.each(['..', '/..', 'a/../b', '/a/..'])('the path %j, which would leave its place, is refused', (path) => {
  expect(() => pathOf(path)).toThrow('a component ".." is not allowed');
});

test('a path of more than 128 levels is refused, however it is written', () => {
  expect(pathOf('/d'.repeat(128))).toHaveLength(256);
  expect(pathOf(`/./${'/d'.repeat(128)}/.//`)).toHaveLength(256);
  for (const path of ['/d'.repeat(129), `d${'/d'.repeat(128)}`, '/d'.repeat(1900)])
    expect(() => pathOf(path)).toThrow(
      expect.objectContaining({ path: '/linux/cgroupsPath', message: expect.stringContaining('it has more than 128 levels') as string }),
    );
});

test.each(['a..b', '..a', '/a/b..'])('the path %j is a name like others', (path) => {
  expect(pathOf(path)).toContain(path.replace(/^\//, ''));
});

test.each(['/', '//', '/.'])('the root cgroup (%j) is refused', (path) => {
  expect(() => pathOf(path)).toThrow("the root cgroup cannot be a container's");
});
