import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';

const project = join(import.meta.dirname, '../../../..');

/** The paths of all fields of an interface: `process.user.uid`. Lists and maps stand for their elements. */
function fieldsOf(file: string, name: string): readonly string[] {
  const path = join(project, file);
  const program = ts.createProgram([path], {
    strict: true,
    target: ts.ScriptTarget.ES2022,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
  });
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(path) as ts.Node) as ts.Symbol;
  const start = checker.getExportsOfModule(module).find((symbol) => symbol.name === name) as ts.Symbol;
  const below = (type: ts.Type, place: string): readonly string[] => {
    const value = checker.getNonNullableType(type);
    const element = checker.isArrayType(value) ? value.getNumberIndexType() : value.getStringIndexType();
    if (element !== undefined) return below(element, place);
    if ((value.flags & ts.TypeFlags.Object) === 0) return [place];
    return value
      .getProperties()
      .flatMap((property) => below(checker.getTypeOfSymbol(property), place === '' ? property.name : `${place}.${property.name}`));
  };
  return [...below(checker.getDeclaredTypeOfSymbol(start), '')].sort();
}

test("the types of the specification's schema have the fields that the reader knows, and no others", () => {
  const schema = fieldsOf('src/library/bundle/config/index.ts', 'Config');
  const reader = fieldsOf('src/spec/types.ts', 'Spec');
  expect(schema.length).toBeGreaterThan(150);
  expect(schema.filter((field) => !reader.includes(field))).toEqual([]);
  expect(reader.filter((field) => !schema.includes(field))).toEqual([]);
});
