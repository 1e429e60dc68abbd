import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { makeBundle, stateRoot } from '../oci/harness/index.js';
import { output, project, run } from '../package/harness/run.js';

const machines = { x64: 'x86_64', arm64: 'aarch64' } as const;
type Cpu = keyof typeof machines;

/** What has been built: always this machine's, and another architecture's if it is there, as far as an emulator can run it. */
const built = (Object.keys(machines) as Cpu[]).filter((cpu) => cpu === process.arch || existsSync(join(targetOf(cpu), 'tsrun')));

function targetOf(cpu: Cpu): string {
  return join(project, `build/targets/linux-${cpu}-musl`);
}

const directory = mkdtempSync(join(tmpdir(), 'tsrun-musl-'));
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});
const packages = output(['scripts/package.sh', 'npm', directory]).trim().split('\n');
const needed = (file: string): readonly string[] =>
  [...output(['readelf', '--dynamic', file]).matchAll(/\(NEEDED\).*\[(.*)\]/g)].map((match) => match[1] ?? '');

describe.each(built)('%s', (cpu) => {
  const machine = machines[cpu];
  const isOwn = cpu === process.arch;
  const [tsrun, addon] = [join(targetOf(cpu), 'tsrun'), join(targetOf(cpu), 'tsrun.node')];
  const library = join(project, `.cache/sysroot/${cpu}-musl/lib/${machine}-linux-musl/libc.so`);
  const start = (...command: readonly string[]): [string, ...string[]] => [isOwn ? 'env' : `qemu-${machine}-static`, ...command];

  test('the executable needs neither a library nor an interpreter', () => {
    expect(needed(tsrun)).toEqual([]);
    expect(output(['readelf', '--program-headers', tsrun])).not.toContain('INTERP');
  });

  test('the executable has musl and no part of glibc or libstdc++ in it', () => {
    const text = readFileSync(tsrun, 'latin1');
    expect(text).not.toMatch(/GNU C Library|GLIBC_PRIVATE|basic_ios::clear/);
    expect(readFileSync(join(project, 'dist/tsrun'), 'latin1')).toMatch(/GNU C Library|GLIBC_PRIVATE/);
  });

  test('the executable starts, and says what it supports', () => {
    expect(output(start(tsrun, '--version'))).toMatch(/^quickjs: /m);
    expect(JSON.parse(output(start(tsrun, 'features')))).toMatchObject({ ociVersionMax: '1.3.0', linux: { seccomp: { enabled: true } } });
  });

  // qemu-user has no clone3(2): on another architecture, the emulated machine does this (docs/testing.md, arm64).
  test.runIf(isOwn)("the executable runs a container, and its exit code is the program's", () => {
    const bundle = makeBundle({ script: 'echo hello; exit 3' }).directory;
    expect(run([tsrun, '--root', stateRoot, 'run', '--bundle', bundle, 'musl'])).toEqual({ code: 3, stdout: 'hello\n', stderr: '' });
  });

  test('the addon needs the C library only, by the name that musl has and glibc does not', () => {
    expect(needed(addon)).toEqual([`libc.musl-${machine}.so.1`]);
  });

  test("musl's loader finds everything that the addon needs, but for the functions of Node.js", () => {
    // As ldd(1), the loader names each symbol that it does not find.
    const { stderr } = run(start(library, '--list', addon));
    const missing = [...stderr.matchAll(/^Error relocating .*: (\S+): symbol not found$/gm)].map((match) => match[1] ?? '');
    expect(missing.length).toBeGreaterThan(20);
    expect(missing.filter((name) => !/^(napi|uv)_/.test(name))).toEqual([]);
  });

  test('the addon exports what Node.js looks for, and nothing else', () => {
    const symbols = output(['readelf', '--dyn-syms', '--wide', addon]).split('\n');
    const exported = symbols
      .filter((line) => /\b(GLOBAL|WEAK)\b/.test(line) && !line.includes(' UND '))
      .map((line) => line.trim().split(/\s+/)[7]);
    expect(exported.sort()).toEqual(['napi_register_module_v1', 'node_api_module_get_api_version_v1']);
  });

  test.runIf(isOwn)('Node.js with glibc refuses the addon instead of loading it', () => {
    const { code, stderr } = run([process.execPath, '-e', 'require(process.argv[1])', addon]);
    expect(code).toBe(1);
    expect(stderr).toContain(`libc.musl-${machine}.so.1: cannot open shared object file`);
  });

  test('npm installs the package for musl, and not the one for glibc, where the C library is musl', () => {
    const cwd = join(directory, cpu);
    mkdirSync(cwd);
    const ours = packages.filter((file) => file.includes(`linux-${cpu}-`) || file.includes('runtime'));
    execFileSync('npm', ['init', '--yes'], { cwd, stdio: 'ignore' });
    const names = ours.map((file) => `file:${file}`);
    const install = ['npm', 'install', '--no-audit', '--no-fund', '--ignore-scripts', `--cpu=${cpu}`, '--libc=musl', '--omit=dev'];
    output([...install, '--save-optional', ...names], { cwd });
    const installed = JSON.parse(output(['npm', 'ls', '--json', '--omit=dev'], { cwd })) as {
      dependencies: Record<string, { version?: string }>;
    };
    const found = Object.entries(installed.dependencies).filter(([, { version }]) => version !== undefined);
    expect(found.map(([name]) => name).sort()).toEqual([`@tsrun/linux-${cpu}-musl`, '@tsrun/runtime']);
    if (isOwn) expect(output([join(cwd, 'node_modules/.bin/tsrun'), '--version'])).toMatch(/^quickjs: /m);
    expect(readFileSync(join(cwd, `node_modules/@tsrun/linux-${cpu}-musl/bin/tsrun`)).equals(readFileSync(tsrun))).toBe(true);
  });
});
