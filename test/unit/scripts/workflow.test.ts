import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const text = readFileSync('.github/workflows/ci.yml', 'utf8');

test.each([...text.matchAll(/name: (\S+), image.*stages: "([^"]+)"/g)].map(([, name = '', words = '']) => [name, words]))(
  'the job of %s runs stages that exist',
  (_, words) => {
    const names = execFileSync('sh', ['-c', `node scripts/test/main.mjs --list ${words}`], { encoding: 'utf8' }).split('\n');
    expect(names).toEqual(expect.arrayContaining(['types: both hosts', 'unit', 'containers: dist/tsrun', 'security']));
  },
);

test('the scripts that the workflow calls exist', () => {
  const called = [...text.matchAll(/(?:^|[\s/(])((?:scripts|native|\.ci)\/[\w./-]+)/gm)].map(([, path = '']) => path);
  expect(called).toEqual(expect.arrayContaining(['scripts/setup.sh', 'scripts/package.sh', '.ci/run']));
  expect(called.filter((path) => !existsSync(path))).toEqual([]);
});

test('the image of each distribution is one whose packages scripts/setup/packages.sh knows', () => {
  const images = [...text.matchAll(/image: '([^']+)'/g)].map(([, image = '']) => image);
  expect(images.length).toBeGreaterThanOrEqual(7);
  expect(images.filter((image) => !/^(ubuntu|fedora):|-(bookworm|trixie|alpine)$/.test(image))).toEqual([]);
});
