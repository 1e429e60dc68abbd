import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { codeSpans, project, readPage } from './page.js';

const pages = [
  ...readdirSync(project).filter((name) => name.endsWith('.md')),
  ...['docs', 'docs/decisions', 'bench', 'examples', 'test/oci', 'test/security'].flatMap((folder) =>
    readdirSync(join(project, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${folder}/${name}`),
  ),
];

/** A path from the top of the project, anywhere in a page: in a command, in a table. */
const fromTop = /(?<![\w./@-])(?:src|native|test|docs|scripts|bench|examples|\.ci|\.github)\/[\w./-]*\w(?![\w*])/g;
/** A shorter path between backticks: below src/ in docs/architecture.md, below the folder of a README in that README. */
const shorter = /^(\.\.\/)*[\w-]+(\/[\w.-]+)+\.(ts|cc|h|mjs|sh)$/;
/** Placeholders for any name, and files that programs write. */
const placeholder = /\/[A-Z]+\b|^(build|dist|bench\/results)\//;

function isThere(path: string, page: string): boolean {
  const tops = [project, join(project, 'src'), join(project, 'test'), join(project, dirname(page))];
  // `vitest run test/oci/lifecycle/hooks` selects the file by the beginning of its path.
  return tops.some((top) => existsSync(join(top, path)) || existsSync(join(top, `${path}.test.ts`)));
}

/** A file that an example makes: test/unit/docs/recipes.test.ts. */
const newFile = /`[\w./-]+` \(new\)/g;

test.each(pages)('%s names only paths that exist', (page) => {
  const text = readPage(page).replace(newFile, '');
  const words = codeSpans(text).flatMap((span) => span.split(' '));
  const named = [...(text.match(fromTop) ?? []), ...words.filter((word) => shorter.test(word))];
  expect(named.filter((path) => !placeholder.test(path) && !isThere(path, page))).toEqual([]);
});

test.each(pages)('the links of %s lead to files that exist', (page) => {
  const links = [...readPage(page).matchAll(/\]\(([^)#:]+)(#[^)]*)?\)/g)].map(([, target = '']) => target);
  expect(links.filter((target) => !existsSync(join(project, dirname(page), target)))).toEqual([]);
});
