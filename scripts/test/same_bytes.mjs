/**
 * Usage: node scripts/test/same_bytes.mjs
 *
 * Checks that the same sources give the same bytes: builds a copy of the sources in another directory, and compares the shipped files with
 * those in `dist/`. Then builds the copy without heap images, and leaves that executable in `build/without-images/` for the stage that runs
 * containers with it.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
const shipped = ['tsrun', 'tsrun.node', 'main.js'];
const withoutImages = join(root, 'build/without-images/tsrun');
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
rmSync(withoutImages, { force: true });
const copy = mkdtempSync(join(root, 'build/again-'));
try {
  for (const name of readdirSync(root).filter((name) => !left.includes(name)))
    cpSync(join(root, name), join(copy, name), { recursive: true });
  // Use hard links: for files behind a symbolic link, esbuild writes another path into its comments.
  execFileSync('cp', ['-al', join(root, 'node_modules'), copy]);
  mkdirSync(join(copy, '.cache'));
  symlinkSync(join(root, '.cache/quickjs'), join(copy, '.cache/quickjs'));
  const build = (variables) =>
    execFileSync('npm', ['run', '--silent', 'build'], {
      cwd: copy,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, ...repository(), ...variables },
    });
  build({});
  const different = shipped.filter((name) => !readFileSync(join(root, 'dist', name)).equals(readFileSync(join(copy, 'dist', name))));
  for (const name of different) console.error(`${name}: a second build of the same sources in ${basename(copy)} gave other bytes`);
  process.exitCode = different.length === 0 ? 0 : 1;

  build({ TSRUN_IMAGES: 'off' });
  const [executable, plain] = ['dist/tsrun', 'build/Release/tsrun'].map((name) => readFileSync(join(copy, name)));
  if (!executable.equals(plain)) throw new Error('TSRUN_IMAGES=off gave an executable with heap images');
  mkdirSync(dirname(withoutImages), { recursive: true });
  copyFileSync(join(copy, 'dist/tsrun'), withoutImages);
} finally {
  rmSync(copy, { recursive: true, force: true });
}
