/**
 * Usage: node scripts/test/same_bytes.mjs
 *
 * Checks that the same sources give the same bytes: builds a copy of the sources in another directory, and compares the shipped files with
 * those in `dist/`.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
const shipped = ['tsrun', 'tsrun.node', 'main.js'];
/** What is not copied, because it is not source. */
const left = ['build', 'dist', 'node_modules', '.cache', '.git', 'coverage'];

/** `tsrun --version` prints the commit. */
function repository() {
  try {
    return { GIT_DIR: execFileSync('git', ['rev-parse', '--absolute-git-dir'], { cwd: root, encoding: 'utf8' }).trim() };
  } catch {
    return {};
  }
}

mkdirSync(join(root, 'build'), { recursive: true });
const copy = mkdtempSync(join(root, 'build/again-'));
try {
  for (const name of readdirSync(root).filter((name) => !left.includes(name)))
    cpSync(join(root, name), join(copy, name), { recursive: true });
  // Use hard links: for files behind a symbolic link, esbuild writes another path into its comments.
  execFileSync('cp', ['-al', join(root, 'node_modules'), copy]);
  mkdirSync(join(copy, '.cache'));
  symlinkSync(join(root, '.cache/quickjs'), join(copy, '.cache/quickjs'));
  execFileSync('npm', ['run', '--silent', 'build'], {
    cwd: copy,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...repository() },
  });
  const different = shipped.filter((name) => !readFileSync(join(root, 'dist', name)).equals(readFileSync(join(copy, 'dist', name))));
  for (const name of different) console.error(`${name}: a second build of the same sources in ${basename(copy)} gave other bytes`);
  process.exitCode = different.length === 0 ? 0 : 1;
} finally {
  rmSync(copy, { recursive: true, force: true });
}
