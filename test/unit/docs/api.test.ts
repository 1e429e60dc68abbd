import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { project, readPage } from './page.js';

const pages = ['classes', 'functions'].flatMap((folder) =>
  readdirSync(join(project, 'docs/api', folder)).map((name) => `docs/api/${folder}/${name}`),
);

/** The sections of constructors and methods; the page itself if it is that of a function. */
function callables(page: string): readonly { readonly name: string; readonly text: string }[] {
  const sections = readPage(page).split(page.includes('/functions/') ? /^(?=# )/m : /^(?=#{1,3} )/m);
  return sections
    .map((text) => ({ name: text.slice(0, text.indexOf('\n')), text }))
    .filter(({ name }) => name.includes('(') || name === '### Constructor');
}

test('the pages of docs/api have constructors, methods and functions', () => {
  expect(pages.flatMap(callables).length).toBeGreaterThan(40);
});

test.each(pages)('%s says of every method what it throws, with an example', (page) => {
  const without = callables(page).filter(({ name, text }) => {
    // The examples of everything else dispose of what they have created.
    const needsExample = !name.includes('asyncDispose');
    return !/^#+ Throws$/m.test(text) || (needsExample && !/^#+ Example$/m.test(text));
  });
  expect(without.map(({ name }) => name)).toEqual([]);
});
