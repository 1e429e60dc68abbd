import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryDirectory } from './harness/directory.js';
import { output, project, run } from './harness/run.js';

const directory = temporaryDirectory();
const { version } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as { readonly version: string };
const env = { SOURCE_DATE_EPOCH: '1700000000' };
const make = (name: string): string => output(['scripts/package.sh', 'deb', join(directory, name)], { env }).trim();
const deb = make('one');
const field = (name: string): string => output(['dpkg-deb', '--field', deb, name]).trim();

/** The regular files below a directory, relative to it. */
const filesOf = (root: string): readonly string[] =>
  (readdirSync(root, { recursive: true }) as string[]).filter((name) => statSync(join(root, name)).isFile()).sort();

/** A root directory for dpkg that contains only dpkg's own database. */
function scratchRoot(): string {
  const root = join(directory, 'root');
  for (const name of ['updates', 'info']) mkdirSync(join(root, 'var/lib/dpkg', name), { recursive: true });
  writeFileSync(join(root, 'var/lib/dpkg/status'), '');
  return root;
}

test('the package has a version, an architecture and no dependencies', () => {
  expect(field('Package')).toBe('tsrun');
  expect(field('Version')).toBe(version);
  expect(field('Architecture')).toBe(output(['dpkg', '--print-architecture']).trim());
  expect(field('Depends')).toBe('');
});

test('the maintainer is who distributes the package', () => {
  const file = output(['scripts/package.sh', 'deb', join(directory, 'distributor')], {
    env: { ...env, TSRUN_MAINTAINER: 'Ann & Bob | Co. <ann@example.org>' },
  });
  expect(output(['dpkg-deb', '--field', file.trim(), 'Maintainer']).trim()).toBe('Ann & Bob | Co. <ann@example.org>');
  const { code, stderr } = run(['scripts/package.sh', 'deb', directory], { env: { TSRUN_MAINTAINER: 'nobody' } });
  expect({ code, stderr }).toEqual({ code: 1, stderr: "TSRUN_MAINTAINER: 'nobody' is not 'Name <address>'\n" });
});

test('the package has no configuration file and no maintainer script', () => {
  const control = join(directory, 'control');
  output(['dpkg-deb', '--control', deb, control]);
  expect(filesOf(control)).toEqual(['control', 'md5sums']);
});

test('everything in the package is owned by root and writable by nobody else', () => {
  const lines = output(['dpkg-deb', '--contents', deb]).trim().split('\n');
  expect(lines.length).toBeGreaterThan(20);
  expect(lines.filter((line) => !/^(drwxr-xr-x|-rwxr-xr-x|-rw-r--r--|lrwxrwxrwx) root\/root /.test(line))).toEqual([]);
});

test('the same sources and date give the same bytes', () => {
  expect(readFileSync(make('two')).equals(readFileSync(deb))).toBe(true);
});

test('dpkg installs the package, verifies every file, and removes all of it', () => {
  const root = scratchRoot();
  const dpkg = ['dpkg', `--root=${root}`, '--force-not-root', '--log=/dev/null'];
  output([...dpkg, '--install', deb]);
  expect(output([...dpkg, '--verify', 'tsrun'])).toBe('');
  const installed = filesOf(join(root, 'usr'));
  for (const name of [
    'bin/tsrun',
    'bin/containerd-shim-tsrun-v2',
    'share/bash-completion/completions/tsrun',
    'share/zsh/vendor-completions/_tsrun',
    'share/fish/vendor_completions.d/tsrun.fish',
    'share/man/man8/tsrun.8.gz',
    'share/man/man8/tsrun-create.8.gz',
    'share/doc/tsrun/copyright',
    'share/doc/tsrun/CHANGELOG.md.gz',
  ]) {
    expect(installed).toContain(name);
  }
  expect(output(['chroot', root, '/usr/bin/tsrun', '--version'])).toContain(`tsrun version ${version}`);
  output([...dpkg, '--purge', 'tsrun']);
  expect(existsSync(join(root, 'usr'))).toBe(false);
});

test('an install below --destdir and --prefix has the executable, the manual pages and the completions', () => {
  const destdir = join(directory, 'destdir');
  output(['scripts/package.sh', 'install', '--prefix', '/opt/tsrun', '--destdir', destdir]);
  const names = filesOf(destdir);
  expect(names.filter((name) => !name.startsWith('opt/tsrun/share/man/man8/'))).toEqual([
    'opt/tsrun/bin/containerd-shim-tsrun-v2',
    'opt/tsrun/bin/tsrun',
    'opt/tsrun/share/bash-completion/completions/tsrun',
    'opt/tsrun/share/fish/vendor_completions.d/tsrun.fish',
    'opt/tsrun/share/zsh/site-functions/_tsrun',
  ]);
  expect(names.length).toBeGreaterThan(15);
  expect(output([join(destdir, 'opt/tsrun/bin/tsrun'), '--version'])).toContain(version);
});

test('package.sh prints its usage and fails for an unknown argument', () => {
  const { code, stderr } = run(['scripts/package.sh', 'rpm']);
  expect({ code, usage: stderr.includes('package.sh deb') }).toEqual({ code: 1, usage: true });
});
