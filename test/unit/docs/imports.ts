import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { targetOf } from '../../../scripts/eslint/walls.js';
import { project } from './page.js';

export interface Import {
  /** Both below src/, without extension; for a package its name, and `node:` for a module of Node.js. */
  readonly file: string;
  readonly target: string;
  readonly onlyTypes: boolean;
}

const pattern = /^(import|export)( type)? [^'"`;]*?from '([^']+)'|\bimport\(\s*'([^']+)'|^(import) '([^']+)'/gm;

/** Every import of a source, and every export from another file. */
export function importsOf(file: string, text: string): readonly Import[] {
  return [...text.matchAll(pattern)].map(([, , type, named, called, , bare]) => ({
    file,
    target: targetOf(file, named ?? called ?? bare ?? ''),
    onlyTypes: type !== undefined,
  }));
}

/** The imports of src/. */
export function allImports(): readonly Import[] {
  const files = readdirSync(join(project, 'src'), { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
    .flatMap((file) => importsOf(file.replace(/\.ts$/, ''), readFileSync(join(project, 'src', file), 'utf8')));
}
