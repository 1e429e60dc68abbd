import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryDirectory } from './harness/directory.js';
import { output, run } from './harness/run.js';

const directory = temporaryDirectory();
const check = (file: string) => run(['node', 'scripts/package/glibc.mjs', file]);

test('the addon needs no symbol of a glibc newer than 2.28', () => {
  expect(check('dist/tsrun.node')).toEqual({ code: 0, stdout: '', stderr: '' });
});

test('the check names a symbol of a newer glibc', () => {
  const [source, program] = [join(directory, 'newer.c'), join(directory, 'newer')];
  writeFileSync(source, '#include <stdlib.h>\nint main(void) { return (int)arc4random(); }\n');
  output(['gcc', source, '-o', program]);
  const { code, stdout } = check(program);
  expect(code).toBe(1);
  expect(stdout).toContain(`${program}: arc4random needs glibc 2.36, newer than 2.28\n`);
});
