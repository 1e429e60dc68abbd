import { describe, expect, test } from 'vitest';
import { readPage } from './page.js';

const page = readPage('docs/dependencies.md');

/** Whether the page has the name as a word of its own. */
const has = (name: string): boolean => new RegExp(`(?<![\\w/@-])${name.replace(/[+.]/g, '\\$&')}(?![\\w+/-])`).test(page);

describe('docs/dependencies.md names', () => {
  test('each package of package.json', () => {
    const { dependencies = {}, devDependencies } = JSON.parse(readPage('package.json')) as Record<string, Record<string, string>>;
    expect(Object.keys({ ...dependencies, ...devDependencies }).filter((name) => !has(name))).toEqual([]);
  });

  test("each of Debian's packages that scripts/setup.sh installs", () => {
    const [, table = ''] = /package_table='\n([^']*)'/.exec(readPage('scripts/setup/packages.sh')) ?? [];
    const names = table.split('\n').flatMap((row) => /^\w+ +(\S+)/.exec(row)?.[1] ?? []);
    expect(names.length).toBeGreaterThan(20);
    expect(names.filter((name) => name !== '-' && !has(name))).toEqual([]);
  });

  test.each([
    ['scripts/vm-setup.sh', /for package in ([^;]*);/],
    ['scripts/engines-setup.sh', /^packages='([^']*)'/m],
  ])('each package that %s installs', (script, list) => {
    const names = (list.exec(readPage(script))?.[1] ?? '').split(' ');
    expect(names.length).toBeGreaterThan(5);
    expect(names.filter((name) => !has(name))).toEqual([]);
  });

  test('each tool that scripts/package/tools.sh installs', () => {
    const names = [
      ...(/packages="([^"]*)"/.exec(readPage('scripts/package/tools.sh'))?.[1] ?? '').matchAll(/(?:^| )((?:@[\w-]+\/)?[\w-]+)@/g),
    ];
    expect(names.length).toBeGreaterThan(5);
    const written: Readonly<Record<string, string>> = {
      'node-22': 'Node.js 22',
      'node-24': '24',
      bun: 'Bun',
      deno: 'Deno',
      '@yarnpkg/cli-dist': 'Yarn',
    };
    expect(names.map(([, name = '']) => written[name] ?? name).filter((name) => !has(name))).toEqual([]);
  });
});
