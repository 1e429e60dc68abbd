import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** A function of the package that returns a promise or an iterator. */
export interface AsyncFunction {
  /** Such as `Runtime.create` or `readLog`. */
  readonly name: string;
  readonly takesSignal: boolean;
}

const source = fileURLToPath(new URL('../../../src/', import.meta.url));
const entry = `${source}library/index.ts`;
const asynchronous = /^(Promise|AsyncGenerator|AsyncIterable|AsyncIterableIterator|Generator)</;

/** All such functions and methods that the package exports, without those that a class has from Node.js. */
export function asyncFunctions(): readonly AsyncFunction[] {
  const program = ts.createProgram([entry], {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    lib: ['lib.es2022.d.ts', 'lib.esnext.disposable.d.ts'],
    types: ['node'],
    strict: true,
    noEmit: true,
  });
  const checker = program.getTypeChecker();
  const file = program.getSourceFile(entry);
  const module = file === undefined ? undefined : checker.getSymbolAtLocation(file);
  if (module === undefined) throw new Error(`no module ${entry}`);
  const found = new Map<string, AsyncFunction>();
  const add = (name: string, symbol: ts.Symbol): void => {
    const declarations = (symbol.declarations ?? []).filter((one) => one.getSourceFile().fileName.startsWith(source));
    for (const declaration of declarations) {
      if (!ts.isFunctionLike(declaration) || isHidden(declaration)) continue;
      const signature = checker.getSignatureFromDeclaration(declaration);
      if (signature === undefined || !asynchronous.test(checker.typeToString(signature.getReturnType()))) continue;
      const takesSignal = signature.parameters.some((parameter) => hasSignal(checker, parameter, declaration));
      // Each of the overloads has to take it.
      found.set(name, { name, takesSignal: takesSignal && found.get(name)?.takesSignal !== false });
    }
  };
  for (const exported of checker.getExportsOfModule(module)) {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    add(symbol.name, symbol);
    if (!(symbol.flags & ts.SymbolFlags.Class)) continue;
    for (const member of checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(symbol))) {
      const isOwn = !member.name.startsWith('#') && !member.name.startsWith('__#');
      if (isOwn) add(`${symbol.name}.${member.name.startsWith('__@') ? (member.name.slice(3).split('@')[0] ?? '') : member.name}`, member);
    }
  }
  return [...found.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** What the documentation leaves out, or other code cannot call. */
function isHidden(declaration: ts.Node): boolean {
  const modifiers = ts.canHaveModifiers(declaration) ? (ts.getModifiers(declaration) ?? []) : [];
  const isOurs = modifiers.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword || kind === ts.SyntaxKind.ProtectedKeyword);
  return isOurs || ts.getJSDocTags(declaration).some(({ tagName }) => tagName.text === 'internal');
}

function hasSignal(checker: ts.TypeChecker, parameter: ts.Symbol, at: ts.Node): boolean {
  const signal = checker.getNonNullableType(checker.getTypeOfSymbolAtLocation(parameter, at)).getProperty('signal');
  return signal !== undefined && checker.typeToString(checker.getTypeOfSymbolAtLocation(signal, at)).includes('AbortSignal');
}
