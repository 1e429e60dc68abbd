import { existsSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { codeSpans, project, readPage, tableRows } from './page.js';

const rows = tableRows(readPage('docs/spec-conformance.md'));

/** The paths of all fields of a configuration that have a value: `process.user.uid`. Lists and maps stand for their elements. */
function fieldsOfSpec(): readonly string[] {
  const file = join(project, 'src/spec/types.ts');
  const program = ts.createProgram([file], {
    strict: true,
    target: ts.ScriptTarget.ES2022,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
  });
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file);
  if (source === undefined) throw new Error(`no source ${file}`);
  const spec = checker
    .getExportsOfModule(checker.getSymbolAtLocation(source) as ts.Symbol)
    .find(({ name }) => name === 'Spec') as ts.Symbol;

  const fieldsOf = (type: ts.Type, path: string): readonly string[] => {
    const value = checker.getNonNullableType(type);
    const element = checker.isArrayType(value) ? value.getNumberIndexType() : value.getStringIndexType();
    if (element !== undefined) return fieldsOf(element, path);
    const isObject = (value.flags & ts.TypeFlags.Object) !== 0;
    if (!isObject) return [path];
    return value
      .getProperties()
      .flatMap((property) => fieldsOf(checker.getTypeOfSymbol(property), path === '' ? property.name : `${path}.${property.name}`));
  };
  return fieldsOf(checker.getDeclaredTypeOfSymbol(spec), '');
}

/** `user.uid`, `gid` in the section "process" are process.user.uid and process.user.gid. */
const documented = rows
  .filter(({ section }) => /^(Top level|mounts|process|linux|linux\.resources)$/.test(section))
  .flatMap(({ section, cells: [names = ''] }) => {
    const prefix = section === 'Top level' ? '' : `${section}.`;
    const spans = codeSpans(names);
    const object = spans[0]?.replace(/[^.]*$/, '') ?? '';
    return spans.map((span) => prefix + (span.includes('.') ? span : object + span));
  });

const matches = (pattern: string, field: string): boolean =>
  new RegExp(`^${pattern.replace(/\./g, '\\.').replace(/\*/g, '[^.]*')}$`).test(field);

const fields = fieldsOfSpec();
/** Fields of other platforms, which are not in the types; the kinds of hooks are objects. */
const without = /^(windows|solaris|vm|zos|freebsd|process\.commandLine|hooks\.[a-z]+)$/i;

test('the fields of a configuration are found in its types', () => {
  expect(fields).toContain('linux.seccomp.syscalls.args.valueTwo');
  expect(fields.length).toBeGreaterThan(150);
});

test('docs/spec-conformance.md has a row for each field of config.json', () => {
  expect(fields.filter((field) => !documented.some((pattern) => matches(pattern, field)))).toEqual([]);
});

test('docs/spec-conformance.md names no field that does not exist', () => {
  expect(documented.filter((pattern) => !without.test(pattern) && !fields.some((field) => matches(pattern, field)))).toEqual([]);
});

test('docs/spec-conformance.md names each kind of hook', () => {
  const kinds = new Set(fields.filter((field) => field.startsWith('hooks.')).map((field) => field.split('.').slice(0, 2).join('.')));
  expect([...kinds].filter((kind) => !documented.includes(kind))).toEqual([]);
});

test('the tests that docs/spec-conformance.md names exist', () => {
  const named = rows.flatMap(({ section, cells }) => (section.startsWith('Architectures') ? [] : codeSpans(cells[2] ?? '')));
  const missing = named.filter((name) => !existsSync(join(project, 'test', name.endsWith('.sh') ? name : `${name}.test.ts`)));
  expect(named.length).toBeGreaterThan(60);
  expect(missing).toEqual([]);
});
