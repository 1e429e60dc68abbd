import { cpSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeBundle, stateRoot } from '../oci/harness/index.js';
import { beforeAll, describe, expect, test } from 'vitest';
import { temporaryDirectory } from './harness/directory.js';
import { output, project, run } from './harness/run.js';

const directory = temporaryDirectory();
const tools = join(project, '.cache/package-tools/node_modules');
const [runtime = '', ...platforms] = output(['scripts/package.sh', 'npm', directory]).trim().split('\n');
const { version } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as { readonly version: string };

/** A user's project that has installed these packages, with a program of each kind. */
function install(name: string, ...words: readonly string[]): string {
  const home = join(directory, name);
  mkdirSync(home);
  writeFileSync(join(home, 'package.json'), '{ "private": true }');
  output(['npm', 'install', '--no-audit', '--no-fund', '--foreground-scripts', ...words], { cwd: home });
  const body = `new Runtime({ root: process.argv[3] }).run({ bundle: process.argv[2] }).then(({ code, stdout }) => console.log(code, String(stdout)));`;
  writeFileSync(join(home, 'module.mjs'), `import { Runtime } from '@tsrun/runtime';\n${body}`);
  writeFileSync(join(home, 'common.cjs'), `const { Runtime } = require('@tsrun/runtime');\n${body}`);
  return home;
}

/** Runs a container with one of the programs, on this JavaScript engine. */
function container(home: string, program: string, engine: string) {
  return run([engine, program, makeBundle({ script: 'echo hello; exit 3' }).directory, stateRoot], { cwd: home });
}

const ran = { code: 0, stdout: '3 hello\n\n', stderr: '' };
const tsrun = (home: string): string => join(home, 'node_modules/.bin/tsrun');
/** containerd finds its shims by their names in PATH. */
const shimVersion = (home: string): string =>
  output(['containerd-shim-tsrun-v2', '-v'], {
    env: { ...process.env, PATH: `${join(home, 'node_modules/.bin')}:${process.env['PATH']}` },
  });
const isElf = (file: string): boolean => readFileSync(file).subarray(1, 4).toString() === 'ELF';

test('the package of each platform has the os, cpu and libc by which npm chooses it', () => {
  expect(platforms).not.toEqual([]);
  for (const file of platforms) {
    const manifest = JSON.parse(output(['tar', '-xzOf', file, 'package/package.json'])) as Record<string, unknown>;
    expect(manifest).toMatchObject({ version, os: ['linux'], cpu: [expect.any(String)], libc: [expect.stringMatching(/^(glibc|musl)$/)] });
    const main = JSON.parse(output(['tar', '-xzOf', runtime, 'package/package.json'])) as { readonly optionalDependencies: unknown };
    expect(main.optionalDependencies).toMatchObject({ [String(manifest['name'])]: version });
  }
});

test.each([runtime, ...platforms])('publint reports nothing for %s', (file) => {
  expect(output([join(tools, '.bin/publint'), file, '--strict'])).toContain('All good!');
});

test('every link of the README leads to a file in the package', () => {
  const files = output(['tar', '-tzf', runtime]).split('\n');
  const readme = output(['tar', '-xzOf', runtime, 'package/README.md']);
  const links = [...readme.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, link = '']) => link.replace(/\/$/, ''));
  expect(links.length).toBeGreaterThan(10);
  expect(links.filter((link) => !files.some((file) => file === `package/${link}` || file.startsWith(`package/${link}/`)))).toEqual([]);
});

test('the types resolve in every module resolution mode', () => {
  // CommonJS imports an ECMAScript module with require(), which every supported Node.js can do.
  const { code, stdout } = run([join(tools, '.bin/attw'), runtime, '--ignore-rules', 'cjs-resolves-to-esm', '--no-color']);
  expect(stdout).toContain('@tsrun/runtime');
  expect(code).toBe(0);
});

describe('installed with the package of its platform', () => {
  let home = '';
  beforeAll(() => {
    home = install('installed', runtime, ...platforms, '--force');
  });

  test('tsrun is the native executable itself', () => {
    expect(isElf(tsrun(home))).toBe(true);
    expect(output([tsrun(home), '--version'])).toMatch(/^quickjs: /m);
  });

  test('containerd-shim-tsrun-v2 is the same executable', () => {
    expect(statSync(join(home, 'node_modules/.bin/containerd-shim-tsrun-v2')).ino).toBe(statSync(tsrun(home)).ino);
    expect(shimVersion(home)).toMatch(/^containerd-shim-tsrun-v2:\n/);
  });

  test('the executable is on disk only once', () => {
    expect(statSync(tsrun(home)).nlink).toBeGreaterThan(1);
  });

  const engines = [process.execPath, join(tools, 'node-22/bin/node'), join(tools, 'node-24/bin/node')];
  test.each(engines)('an ECMAScript module runs a container on %s', (engine) => {
    expect(container(home, 'module.mjs', engine)).toEqual(ran);
  });

  test.each(engines)('require() runs a container on %s', (engine) => {
    expect(container(home, 'common.cjs', engine)).toMatchObject({ code: 0, stdout: ran.stdout });
  });

  test.each([
    ['Bun', [join(tools, 'bun/bin/bun')]],
    ['Deno', [join(tools, 'deno/deno'), 'run', '-A']],
  ])('%s is refused with a clear message', (name, engine) => {
    const { code, stderr } = run([...engine, 'module.mjs'], { cwd: home });
    expect(code).toBe(1);
    expect(stderr).toContain(
      `@tsrun/runtime: ${name} is not supported, because it lacks functions of libuv that the addon needs; use Node.js`,
    );
  });
});

test('without install scripts tsrun is a launcher that finds the native executable', () => {
  const home = install('no-scripts', '--ignore-scripts', runtime, ...platforms, '--force');
  expect(isElf(tsrun(home))).toBe(false);
  expect(output([tsrun(home), '--version'])).toMatch(/^quickjs: /m);
  expect(shimVersion(home)).toMatch(/^containerd-shim-tsrun-v2:\n/);
  expect(container(home, 'module.mjs', process.execPath)).toEqual(ran);
});

describe('installed without a package for its platform', () => {
  let home = '';
  beforeAll(() => {
    home = install('from-source', '--omit=optional', runtime);
  });

  test('the addon is built from the sources in the package', () => {
    expect(existsSync(join(home, 'node_modules/@tsrun/runtime/build/Release/tsrun.node'))).toBe(true);
    expect(container(home, 'module.mjs', process.execPath)).toEqual(ran);
  });

  test('tsrun is the Node.js command', () => {
    expect(output([tsrun(home), '--version'])).toContain(`node: ${process.versions.node}`);
  });

  test('containerd-shim-tsrun-v2 says what it needs', () => {
    const { code, stderr } = run([join(home, 'node_modules/.bin/containerd-shim-tsrun-v2'), '-v']);
    expect([code, stderr]).toEqual([1, expect.stringContaining('the shim needs the native executable')]);
  });

  test('missing build tools are named', () => {
    const copy = join(directory, 'without-tools');
    cpSync(join(home, 'node_modules/@tsrun/runtime'), copy, { recursive: true, filter: (name) => !name.endsWith('/build') });
    const { code, stderr } = run([process.execPath, 'install.cjs'], { cwd: copy, env: { PATH: '/nonexistent' } });
    expect(code).toBe(1);
    expect(stderr).toContain(
      'building the addon needs make, g++, python3: install them (Debian: g++ make python3), then install this package again',
    );
  });
});
