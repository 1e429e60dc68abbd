import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ESLint, Linter } from 'eslint';
import { expect, test } from 'vitest';
import { wallRule } from '../../../scripts/eslint/walls.js';

const project = join(import.meta.dirname, '../../..');
const eslint = new ESLint({ cwd: project });

/** What the project's lint rules say of a line in a file of src/, without those that need types. */
async function findings(file: string, line: string): Promise<readonly string[]> {
  const path = join(project, 'src', file);
  const { rules } = (await eslint.calculateConfigForFile(path)) as { readonly rules: Linter.RulesRecord };
  const walls = Object.entries(rules).filter(([name]) => name.startsWith('tsrun/') || name.startsWith('no-restricted-'));
  const config = { files: ['**/*.ts'], plugins: { tsrun: { rules: { walls: wallRule } } }, rules: Object.fromEntries(walls) };
  return new Linter({ cwd: project }).verify(line, [config as Linter.Config], path).map(({ message }) => message);
}

const pure = ['features', 'spec', 'plan', 'protocol', 'protobuf', 'json'];
/** A file that is there, so that a folder which was moved is noticed. */
const fileOf = (folder: string): string => {
  const [name = ''] = readdirSync(join(project, 'src', folder)).filter((entry) => entry.endsWith('.ts'));
  return `${folder}/${name}`;
};

test.each(pure.map(fileOf))('the lint rules refuse time, chance and reads of the host in src/%s', async (file) => {
  const refused = [
    'Date.now();',
    'new Date();',
    'Math.random();',
    'const { random } = Math;',
    'process.env;',
    'globalThis.process;',
    "import { sys } from '../sys/call.js';",
    "import { readHostFacts } from '../host/read.js';",
    "import { readFileSync } from 'node:fs';",
    "export * from '../state/store.js';",
  ];
  const found = await Promise.all(refused.map(async (line) => ({ line, count: (await findings(file, line)).length })));
  expect(found.filter(({ count }) => count !== 1)).toEqual([]);
  expect(await findings(file, 'Math.max(1, 2);')).toEqual([]);
});

test('the lint rules refuse Math.random in every folder of src/', async () => {
  const folders = readdirSync(join(project, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const files = folders.map(({ name }) => `${name}/any.ts`);
  const found = await Promise.all(files.map(async (file) => ({ file, count: (await findings(file, 'Math.random();')).length })));
  expect(found.length).toBeGreaterThan(15);
  expect(found.filter(({ count }) => count !== 1)).toEqual([]);
});

test('the lint rules let the library use the clock and the modules of Node.js', async () => {
  expect(await findings('library/run.ts', "import { readFileSync } from 'node:fs'; Date.now();")).toEqual([]);
});

test('the lint of C++ asks for <cstdint> where its types are used, in the file or in one that it includes', () => {
  const directory = mkdtempSync(join(tmpdir(), 'tsrun-lint-'));
  try {
    mkdirSync(join(directory, 'native/core'), { recursive: true });
    const files = {
      'types.h': '#include <cstdint>\n',
      'right.h': '#include "types.h"\nuint64_t one();\n',
      'wrong.h': '#include <string>\nuint64_t two();\n',
      'none.h': '// uint64_t\nint three();\n',
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, 'native/core', name), text);
    const { status, stderr } = spawnSync(process.execPath, [join(project, 'scripts/lint_native.mjs')], {
      cwd: directory,
      encoding: 'utf8',
    });
    expect({
      status,
      files: stderr
        .trim()
        .split('\n')
        .map((line) => line.split(':')[0]),
    }).toEqual({
      status: 1,
      files: ['native/core/wrong.h'],
    });
  } finally {
    rmSync(directory, { recursive: true });
  }
});
