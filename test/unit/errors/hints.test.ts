import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const src = join(import.meta.dirname, '../../../src');
/** What programs that use the library never reach. */
const ofTheCommand = /^(cli|commands|shim|entry)\//;
/** Flags of what only the command does, and those of other programs. */
const withoutOption = /--pid-file|--process\b|--detach|criu check --all|nsenter --target/;
const flag = /(?:^|[ "'`(])--[a-z][a-z-]+/;

test('each hint outside of the command that names a flag of tsrun names the option of the library, too', () => {
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts') && !ofTheCommand.test(name));
  const found = files.flatMap((name) =>
    readFileSync(join(src, name), 'utf8')
      .split('\n')
      .filter((line) => /\bhint\b/.test(line) && flag.test(line) && !withoutOption.test(line) && !line.includes('in a program'))
      .map((line) => `${name}: ${line.trim()}`),
  );
  expect(files.length).toBeGreaterThan(100);
  expect(found).toEqual([]);
});
