import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, statSync } from 'node:fs';

const sources = new URL('../../programs/', import.meta.url).pathname;
const cache = new URL('../../../.cache/test-programs/', import.meta.url).pathname;

/**
 * Compiles test/programs/NAME.c, or that of a folder below, once and returns the program's path. The program is static, so that it runs
 * in any rootfs.
 */
export function program(name: string): string {
  const source =
    [`${sources}${name}.c`, `${sources}attack/${name}.c`, `${sources}criu/${name}.c`].find((path) => existsSync(path)) ??
    `${sources}${name}.c`;
  const built = `${cache}${name}`;
  if (modified(built) > modified(source)) return built;
  mkdirSync(cache, { recursive: true });
  // Two test files may build at once: each builds under its own name, then renames.
  const own = `${built}.${process.pid}`;
  execFileSync('gcc', ['-O1', '-Wall', '-Werror', '-static', '-o', own, source], { stdio: 'inherit' });
  renameSync(own, built);
  return built;
}

function modified(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
