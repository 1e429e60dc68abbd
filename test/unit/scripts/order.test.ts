import { expect, test } from 'vitest';

interface Stage {
  readonly name: string;
  readonly beside?: string;
  readonly behind?: true;
}
interface Order {
  chosen(stages: readonly Stage[], words: readonly string[]): readonly Stage[] | string;
  groups(stages: readonly Stage[]): readonly (readonly Stage[])[];
  parts(stages: readonly Stage[]): { readonly front: readonly Stage[]; readonly back: readonly Stage[] };
}

const file = new URL('../../../scripts/test/order.mjs', import.meta.url).href;
const { chosen, groups, parts } = (await import(file)) as Order;

const stages: readonly Stage[] = [
  { name: 'lint', beside: 'sources' },
  { name: 'lint: C++', beside: 'sources' },
  { name: 'unit' },
  { name: 'security' },
  { name: 'kernel: one', beside: 'guests' },
  { name: 'kernel: two', beside: 'guests' },
];
const names = (list: readonly Stage[]): readonly string[] => list.map(({ name }) => name);

test('without words every stage of the gate runs', () => {
  expect(chosen(stages, [])).toEqual(stages);
});

test('words choose the stages whose names contain them, in the order of the gate', () => {
  expect(names(chosen(stages, ['unit', 'lint']) as readonly Stage[])).toEqual(['lint', 'lint: C++', 'unit']);
});

test('a word that is in no name of a stage is returned, instead of running nothing', () => {
  expect(chosen(stages, ['unit', 'units'])).toBe('units');
});

test('only neighbours that may run beside each other share a group', () => {
  expect(groups(stages).map(names)).toEqual([['lint', 'lint: C++'], ['unit'], ['security'], ['kernel: one', 'kernel: two']]);
});

test('stages that run behind others are taken out of their order, and no stage is lost', () => {
  const { front, back } = parts([...stages, { name: 'fuzz', behind: true }, { name: 'packages' }]);
  expect(names(back)).toEqual(['fuzz']);
  expect(names(front)).toEqual([...names(stages), 'packages']);
});
