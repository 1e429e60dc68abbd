import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { temporaryDirectory } from './harness/directory.js';
import { project, run } from './harness/run.js';

const directory = temporaryDirectory();
const platform = `linux-${process.arch}-gnu`;
let count = 0;
/** The node_modules of a project, new for each test. */
let modules = '';

const here = (...names: readonly string[]): string => join(modules, ...names);

function write(file: string, text: string, mode = 0o644): void {
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, text, { mode });
  chmodSync(file, mode);
}

const manifest = (name: string, version: string): string => JSON.stringify({ name, version, type: 'commonjs' }, null, 2);

/** The executable has two names. */
const programs = ['containerd-shim-tsrun-v2.bin', 'tsrun.bin'];

/** @tsrun/runtime without the packages of platforms. */
function installRuntime(): void {
  const source = (name: string): string => readFileSync(join(project, 'scripts/package/npm', name), 'utf8');
  write(here('@tsrun/runtime/package.json'), manifest('@tsrun/runtime', '2.0.0'));
  for (const program of programs) write(here('@tsrun/runtime/bin', program), source('launcher.sh').replace('@VERSION@', '2.0.0'), 0o755);
  write(here('@tsrun/runtime/dist/main.js'), 'console.log("on Node.js", ...process.argv.slice(2));');
  for (const name of ['addon.cjs', 'install.cjs']) write(here('@tsrun/runtime', name), source(name));
  mkdirSync(here('.bin'));
  symlinkSync('../@tsrun/runtime/bin/tsrun.bin', here('.bin/tsrun'));
}

/** A package of this platform; its executable prints its arguments. */
function installPlatform(version: string, name = platform, text = `#!/bin/sh\necho ${version} "$@"\n`): void {
  write(here('@tsrun', name, 'package.json'), manifest(`@tsrun/${name}`, version));
  write(here('@tsrun', name, 'bin/tsrun'), text, 0o755);
  copyFileSync(join(project, 'dist/tsrun.node'), here('@tsrun', name, 'tsrun.node'));
}

function useModules(name: string): void {
  modules = join(directory, String(count++), name, 'node_modules');
  mkdirSync(modules, { recursive: true });
  installRuntime();
}

beforeEach(() => {
  useModules('project');
});

describe('the launcher', () => {
  test.each([
    ['with spaces'],
    [`quotes ' and "`],
    ['$(touch oops) `touch oops` $HOME *'],
    ['-option'],
    ['a line\nand another'],
    ['umlaut ä'],
  ])('finds the executable in a directory called %j, and passes arguments as they are', (name) => {
    useModules(name);
    installPlatform('2.0.0');
    expect(run([here('.bin/tsrun'), 'a b', '*', ''])).toEqual({ code: 0, stdout: '2.0.0 a b * \n', stderr: '' });
    expect(run(['sh', '-c', 'cd -- "$1/.." && ./node_modules/.bin/tsrun x', 'sh', modules]).stdout).toBe('2.0.0 x\n');
  });

  test('finds the executable through links to links, relative and absolute, and through linked directories', () => {
    installPlatform('2.0.0');
    symlinkSync('node_modules/.bin', here('../first'));
    symlinkSync(here('../first/tsrun'), here('../second'));
    symlinkSync('second', here('../third'));
    expect(run([here('../third'), 'x']).stdout).toBe('2.0.0 x\n');
  });

  test.each([
    ['started by sh in its own directory', 'cd "$1/@tsrun/runtime/bin" && sh tsrun.bin x'],
    ['found in PATH', 'PATH=$1/.bin:$PATH; tsrun x'],
    ['found in a PATH with a relative directory', 'cd "$1" && PATH=.bin:$PATH; tsrun x'],
    ['started with an empty PATH', 'PATH=; export PATH; "$1/.bin/tsrun" x'],
    ['started with CDPATH set', 'cd "$1" && CDPATH=/tmp; export CDPATH; .bin/tsrun x'],
  ])('finds the executable when it is %s', (_, script) => {
    installPlatform('2.0.0');
    expect(run(['sh', '-c', script, 'sh', modules])).toEqual({ code: 0, stdout: '2.0.0 x\n', stderr: '' });
  });

  test('passes over a package of another version, and takes the one of its own further up', () => {
    const root = modules;
    installPlatform('2.0.0');
    modules = here('other/node_modules');
    mkdirSync(modules, { recursive: true });
    installRuntime();
    installPlatform('1.0.0');
    expect(run([here('.bin/tsrun'), 'x']).stdout).toBe('2.0.0 x\n');
    rmSync(join(root, '@tsrun', platform), { recursive: true });
    expect(run([here('.bin/tsrun'), 'x']).stdout).toBe('on Node.js x\n');
  });

  test('runs the command on Node.js if no package of the platform is installed', () => {
    expect(run([here('.bin/tsrun'), 'x'])).toEqual({ code: 0, stdout: 'on Node.js x\n', stderr: '' });
  });

  test('says what is missing if there is neither a package of the platform nor Node.js', () => {
    const { code, stdout, stderr } = run(['sh', '-c', 'PATH=/nonexistent; export PATH; "$1/.bin/tsrun" x', 'sh', modules]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^tsrun: no package for linux \w+ is installed beside .*, and there is no node in PATH: install .*\n$/);
  });
});

describe('the install script', () => {
  const install = (agent = 'npm/11.0.0 node/v20.0.0 linux x64', before: readonly string[] = []) =>
    run([...before, process.execPath, 'install.cjs'], { cwd: here('@tsrun/runtime'), env: { npm_config_user_agent: agent } });
  const inode = (...names: readonly string[]): number => statSync(here(...names)).ino;
  const isLauncher = (): boolean => readFileSync(here('@tsrun/runtime/bin/tsrun.bin'), 'utf8').includes('fits()');

  test('puts the executable in the place of the launcher, and leaves nothing else when it runs again', () => {
    installPlatform('2.0.0');
    for (let round = 0; round < 2; round++) {
      expect(install()).toEqual({ code: 0, stdout: '', stderr: '' });
      for (const program of programs) expect(inode('@tsrun/runtime/bin', program)).toBe(inode('@tsrun', platform, 'bin/tsrun'));
      expect(readdirSync(here('@tsrun/runtime/bin'))).toEqual(programs);
    }
  });

  test('keeps the launcher for other package managers', () => {
    installPlatform('2.0.0');
    expect(install('pnpm/11.0.0 npm/? node/v20.0.0 linux x64').code).toBe(0);
    expect(isLauncher()).toBe(true);
  });

  test('keeps the launcher, and says so, if the package cannot be written to', () => {
    installPlatform('2.0.0');
    const script = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && shift && cd . && exec "$@"';
    const { code, stderr } = install('npm/11.0.0', ['unshare', '--mount', 'sh', '-c', script, 'sh', here('..')]);
    expect(code).toBe(0);
    expect(
      stderr
        .replace(/: [^:]*EROFS[^\n]*/g, '')
        .split('\n')
        .sort(),
    ).toEqual(['', ...programs.map((program) => `@tsrun/runtime: bin/${program} stays a launcher of the executable`)]);
    expect(isLauncher()).toBe(true);
  });

  test('keeps the launcher if the executable does not run on this machine', () => {
    installPlatform('2.0.0', platform, '#!/nonexistent\n');
    expect(install().code).toBe(0);
    expect(isLauncher()).toBe(true);
  });
});

describe('the addon', () => {
  const load = () => run([process.execPath, '-e', `console.log(typeof require(process.argv[1]))`, here('@tsrun/runtime/addon.cjs')]);

  test('comes from the package of the platform', () => {
    installPlatform('2.0.0');
    expect(load()).toEqual({ code: 0, stdout: 'object\n', stderr: '' });
  });

  test('comes from the package of the C library of this Node.js if those of both are installed', () => {
    installPlatform('2.0.0');
    const other = platform.replace('-gnu', '-musl');
    installPlatform('2.0.0', other);
    // What is not an addon cannot be loaded.
    const musl = (process.report.getReport() as { header: { glibcVersionRuntime?: string } }).header.glibcVersionRuntime === undefined;
    writeFileSync(here('@tsrun', musl ? platform : other, 'tsrun.node'), 'not an addon');
    expect(load()).toMatchObject({ code: 0, stdout: 'object\n' });
  });

  test('of another version is not taken, and the message names both versions', () => {
    installPlatform('1.0.0');
    const { code, stderr } = load();
    expect(code).toBe(1);
    expect(stderr).toContain(`@tsrun/${platform} is version 1.0.0 instead of 2.0.0. Install again with optional dependencies`);
  });

  test('that is missing, or for another machine, is named in the message', () => {
    expect(load().stderr).toContain(`no native addon for linux ${process.arch}: the package of this platform is not installed.`);
    installPlatform('2.0.0');
    const file = here('@tsrun', platform, 'tsrun.node');
    const bytes = readFileSync(file);
    bytes.writeUInt16LE(0xf3, 18);
    writeFileSync(file, bytes);
    expect(load().stderr).toContain(`no native addon for linux ${process.arch}: ${file}: `);
  });

  test('that the install script built is found beside it', () => {
    mkdirSync(here('@tsrun/runtime/build/Release'), { recursive: true });
    copyFileSync(join(project, 'dist/tsrun.node'), here('@tsrun/runtime/build/Release/tsrun.node'));
    expect(load().code).toBe(0);
    expect(existsSync(here('@tsrun', platform))).toBe(false);
  });
});
