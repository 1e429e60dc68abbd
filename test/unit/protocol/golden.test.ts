import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { layout } from '../../../src/protocol/numbers/layout.js';
import { messageType } from '../../../src/protocol/numbers/messages.js';
import { mountOption } from '../../../src/protocol/numbers/mount_options.js';
import { step } from '../../../src/protocol/numbers/steps.js';
import { syncPoint } from '../../../src/protocol/numbers/sync_points.js';
import { isText, type Fields } from '../../../src/protocol/operations/definition.js';
import { operations } from '../../../src/protocol/operations.js';
import { shapes } from '../../../src/protocol/shapes.js';

type Table = Readonly<Record<string, { readonly id: number; readonly fields: Fields }>>;

/** Numbers before texts, as in a record. */
function printOperations(table: Table): string {
  return Object.entries(table)
    .sort(([, a], [, b]) => a.id - b.id)
    .map(([name, { id, fields }]) => {
      const all = Object.entries(fields);
      const ordered = [...all.filter(([, kind]) => !isText(kind)), ...all.filter(([, kind]) => isText(kind))];
      return `${[String(id).padStart(2), name, ...ordered.map((field) => field.join(':'))].join(' ')}\n`;
    })
    .join('');
}

function printNumbers(title: string, numbers: Readonly<Record<string, number>>): string {
  const lines = Object.entries(numbers).map(([name, value]) => `${String(value).padStart(2)} ${name}\n`);
  return `\n${title}\n${lines.join('')}`;
}

const golden = readFileSync(new URL('../../golden/protocol.txt', import.meta.url), 'utf8');

/** If the difference is intended, copy it by hand. Only this and native/test/plan/known_*.cc fix the places of the fields. */
test('the protocol matches test/golden/protocol.txt', () => {
  const numbers = Object.entries({ mountOption, syncPoint, messageType, step, layout }).map(([title, values]) =>
    printNumbers(title, values),
  );
  expect(printOperations(operations()) + numbers.join('')).toBe(golden);
});

describe('a swap in the table is detected', () => {
  const swapped = (name: string, one: string, other: string): Table => {
    const table: Table = operations();
    const definition = table[name] as Table[string];
    const places = new Map([
      [one, other],
      [other, one],
    ]);
    const fields = Object.fromEntries(
      Object.keys(definition.fields).map((field) => {
        const taken = places.get(field) ?? field;
        return [taken, definition.fields[taken] ?? 'text'];
      }),
    );
    return { ...table, [name]: { ...definition, fields } };
  };
  const pairs = Object.entries<Table[string]>(operations()).flatMap(([name, { fields }]) => {
    for (const group of [
      Object.keys(fields).filter((field) => isText(fields[field] ?? 'text')),
      Object.keys(fields).filter((field) => !isText(fields[field] ?? 'text')),
    ])
      if (group.length > 1) return group.slice(1).map((field, index) => [name, group[index] as string, field] as const);
    return [];
  });
  test.each(pairs)('%s: %s and %s', (name, one, other) => {
    expect(golden.startsWith(printOperations(swapped(name, one, other)))).toBe(false);
  });
});

test('the shapes match the table', () => {
  for (const [name, { id, fields }] of Object.entries<Table[string]>(operations())) {
    const { numbers, texts, id: number } = shapes[name as keyof typeof shapes];
    expect(number).toBe(id);
    expect([...numbers, ...texts].sort()).toEqual(Object.keys(fields).sort());
  }
});
