import { chmodSync, copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryDirectory } from './harness/directory.js';
import { output, project } from './harness/run.js';

const directory = temporaryDirectory();

/** What scripts/package/cannot_run.mjs returns. */
function cannotRun(emulator: string, program: string): string {
  const code = `import { cannotRun } from './scripts/package/cannot_run.mjs'; console.log(String(cannotRun(...process.argv.slice(1))));`;
  return output(['node', '--input-type=module', '--eval', code, emulator, program]).trimEnd();
}

/** The executable, said to be for another machine of elf(5). */
function executableFor(machine: number): string {
  const file = join(directory, `for-${String(machine)}`);
  const bytes = readFileSync(join(project, 'dist/tsrun'));
  bytes.writeUInt16LE(machine, 18);
  writeFileSync(file, bytes);
  chmodSync(file, 0o755);
  return file;
}

test('a build tool that this machine can execute is not complained about', () => {
  expect(cannotRun('env', join(project, 'dist/tsrun'))).toBe('undefined');
});

test.each([
  [0xf3, 'machine 243 of elf(5)'],
  [process.arch === 'x64' ? 183 : 62, process.arch === 'x64' ? 'arm64' : 'x86-64'],
])('a build tool for machine %d, and no emulator, is refused in a sentence that names both', (machine, name) => {
  const file = executableFor(machine);
  expect(cannotRun('env', file)).toBe(
    `${file} is for ${name} and does not run here, which the build needs: ` +
      `set TSRUN_EMULATOR to an emulator of it (qemu-aarch64-static), or register one with binfmt_misc`,
  );
});

test('a file for another machine is not executed, since a shell would read it as a script', () => {
  const file = join(directory, 'script');
  const bytes = Buffer.alloc(64);
  bytes.write('\x7fELF');
  bytes.writeUInt16LE(0xf3, 18);
  const made = join(directory, 'made');
  writeFileSync(file, Buffer.concat([bytes, Buffer.from(`\n: > ${made}\n`)]));
  chmodSync(file, 0o755);
  expect(cannotRun('env', file)).toContain('does not run here');
  expect(existsSync(made)).toBe(false);
});

test('an emulator that is not installed is named', () => {
  const file = join(directory, 'copy');
  copyFileSync(join(project, 'dist/tsrun'), file);
  expect(cannotRun('no-such-emulator', file)).toMatch(/^TSRUN_EMULATOR=no-such-emulator: .*ENOENT/);
});
