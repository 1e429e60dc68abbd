import { expect, test, vi } from 'vitest';
import { Covered } from '../../../../src/container/warm/covered.js';

const mount = (covered: Covered, destination: string, tmpfs = false): void => covered.mount({ destination, tmpfs, symlinks: true });

/** Counts how often `work` looks something up in a map or a set, or compares paths. */
function steps(work: () => void): number {
  const spies = [
    ...(['get', 'set', 'delete'] as const).map((name) => vi.spyOn(Map.prototype, name)),
    ...(['has', 'add', 'delete'] as const).map((name) => vi.spyOn(Set.prototype, name)),
    vi.spyOn(String.prototype, 'startsWith'),
  ];
  work();
  const count = spies.reduce((sum, { mock }) => sum + mock.calls.length, 0);
  vi.restoreAllMocks();
  return count;
}

// Comparing every pair of mounts would take two hundred steps for each mount.
test.each<readonly [string, (index: number) => string]>([
  ['side by side', (index) => `/data/${index}`],
  ['below each other', (index) => `/data${'/a'.repeat(index % 3)}/${index}`],
  ['on the same place', () => '/data'],
  ['each over the one before and everything in it', (index) => (index % 2 === 0 ? '/data' : `/data/${index}`)],
  ['all covered by the last', (index) => (index === 399 ? '/data' : `/data/${index}`)],
])('mounts %s take work in proportion to their number', (_, destination) => {
  const covered = new Covered();
  const taken = steps(() => {
    for (let index = 0; index < 400; index++) mount(covered, destination(index));
  });
  expect(taken).toBeGreaterThan(400);
  expect(taken).toBeLessThan(400 * 40);
  expect(covered.places.at(-1)?.path).toBe(destination(399));
});

test('a mount on / covers every other one', () => {
  const covered = new Covered();
  for (const destination of ['/dev', '/data', '/']) mount(covered, destination);
  expect(covered.places).toEqual([{ path: '/', symlinks: true }]);
});

test('a mount covers what is below its place, not what only begins with its name', () => {
  const covered = new Covered();
  for (const destination of ['/data', '/database', '/data/sub', '/data']) mount(covered, destination);
  expect(covered.places.map(({ path }) => path)).toEqual(['/database', '/data']);
});

test.each<readonly [string, (covered: Covered) => void, boolean]>([
  ['a tmpfs', (covered) => mount(covered, '/dev', true), true],
  ['nothing mounted', () => undefined, false],
  ['a tmpfs below another mount', (covered) => (mount(covered, '/', false), mount(covered, '/dev', true)), true],
  ['another mount in a tmpfs', (covered) => (mount(covered, '/', true), mount(covered, '/dev')), false],
  ['a tmpfs reached through a symlink', (covered) => (mount(covered, '/', true), covered.link('/dev')), false],
  ['a tmpfs that has the place of a symlink', (covered) => (covered.link('/dev'), mount(covered, '/dev', true)), false],
  ['a tmpfs behind a symlink', (covered) => (covered.link('/dev'), mount(covered, '/dev/sub', true)), true],
  ['a tmpfs with a symlink elsewhere', (covered) => (mount(covered, '/dev', true), covered.link('/dev/other')), true],
])('whether only the slot creates entries in a directory: %s', (_, prepare, expected) => {
  const covered = new Covered();
  prepare(covered);
  expect(covered.isPrivate('/dev/sub')).toBe(expected);
});
