import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '../harness/index.js';

const release = join(import.meta.dirname, '../../../build/Release');
const output = (program: string, ...args: readonly string[]): string =>
  execFileSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 28 });

/** The compiled files of a target of binding.gyp. */
const objects = (target: string): readonly string[] =>
  readdirSync(join(release, 'obj.target', target), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.o'))
    .map((name) => join(release, 'obj.target', target, name));

describe('what is shipped is hardened', () => {
  // -fstack-protector-strong guards functions with arrays, or whose variables have their address taken: most files have one.
  test.each(['tsrun-init', 'core', 'tsrun', 'addon'])('%s is compiled with a stack protector', (target) => {
    const all = objects(target);
    const guarded = new Set(
      output('nm', '--print-file-name', ...all)
        .split('\n')
        .filter((line) => line.endsWith(' __stack_chk_fail'))
        .map((line) => line.slice(0, line.indexOf('.o:'))),
    );
    expect(all.length).toBeGreaterThan(5);
    expect(guarded.size / all.length).toBeGreaterThan(0.6);
  });

  test.each(['tsrun', 'tsrun-init', 'tsrun.node'])('%s has no memory that is both writable and executable', (name) => {
    const headers = output('readelf', '--program-headers', '--wide', join(release, name));
    expect(headers).toMatch(/GNU_STACK .* RW /);
    expect(headers).not.toMatch(/(LOAD|GNU_STACK) .* RWE /);
  });

  test.each(['tsrun', 'tsrun.node'])('%s is position-independent, and read-only after relocation', (name) => {
    expect(output('readelf', '--file-header', join(release, name))).toMatch(/Type: +DYN/);
    expect(output('readelf', '--program-headers', '--wide', join(release, name))).toContain('GNU_RELRO');
    expect(output('readelf', '--dynamic', '--wide', join(release, name))).toMatch(/BIND_NOW|FLAGS.*NOW/);
  });
});
